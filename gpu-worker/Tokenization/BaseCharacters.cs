using System.Globalization;
using System.Text;

namespace Serverless.GpuWorker.Tokenization;

/// <summary>
/// What is left of a character when it is decomposed canonically (Unicode's NFD) and its nonspacing marks are dropped: é is e, 각 its three jamo.
/// The table is the project's own, because .NET normalises nothing beyond ASCII in invariant globalisation, which the worker runs in.
/// </summary>
internal static class BaseCharacters
{
    private const int HangulFirst = 0xAC00, HangulLast = 0xD7A3, Vowels = 21, Trailing = 28;

    private static readonly Dictionary<int, string> Table = Read();

    /// <summary>Appends what is left of <paramref name="rune"/>, which may be nothing.</summary>
    public static void Append(StringBuilder text, Rune rune)
    {
        if (rune.Value < 0x80)
        {
            text.Append((char)rune.Value);
        }
        else if (rune.Value is >= HangulFirst and <= HangulLast)
        {
            AppendHangul(text, rune.Value - HangulFirst);
        }
        else if (Table.TryGetValue(rune.Value, out var left))
        {
            text.Append(left);
        }
        else if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark)
        {
            text.Append(rune);
        }
    }

    /// <summary>The arithmetic of chapter 3.12 of the Unicode standard.</summary>
    private static void AppendHangul(StringBuilder text, int syllable)
    {
        text.Append((char)(0x1100 + (syllable / (Vowels * Trailing))));
        text.Append((char)(0x1161 + (syllable % (Vowels * Trailing) / Trailing)));
        if (syllable % Trailing is var trailing and > 0) text.Append((char)(0x11A7 + trailing));
    }

    /// <summary>Each line is what is left, a colon, and the characters of which it is left.</summary>
    private static Dictionary<int, string> Read()
    {
        using var stream = typeof(BaseCharacters).Assembly.GetManifestResourceStream("Tokenization.decompositions.txt")!;
        using var reader = new StreamReader(stream);
        var table = new Dictionary<int, string>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            var at = line.IndexOf(':', StringComparison.Ordinal);
            var left = string.Concat(Runes(line[..at]));
            foreach (var rune in Runes(line[(at + 1)..])) table.Add(rune.Value, left);
        }

        return table;
    }

    private static IEnumerable<Rune> Runes(string hexadecimal) =>
        hexadecimal.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(code => new Rune(int.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
}
