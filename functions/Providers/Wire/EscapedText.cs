using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Serverless.Functions.Providers;

/// <summary>Texts of JSON in which half a pair of surrogates may stand as an escape, which the runtime's own reader refuses.</summary>
internal static class EscapedText
{
    /// <summary>The string that a reader stands on, with halves of pairs as they are; null for null.</summary>
    /// <exception cref="InvalidOperationException">It is no string, or no UTF-8.</exception>
    public static string? Read(in Utf8JsonReader json)
    {
        try
        {
            return json.GetString();
        }
        catch (InvalidOperationException)
        {
            if (json is not { TokenType: JsonTokenType.String, HasValueSequence: false } || !Utf8.IsValid(json.ValueSpan)) throw;
            return Unescape(json.ValueSpan);
        }
    }

    /// <summary>Text with U+FFFD for each half that stands alone.</summary>
    public static string WithoutHalves(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) return text;
        var whole = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) whole.Append(rune.ToString());
        return whole.ToString();
    }

    // RFC 8259, section 7. The reader has checked that each escape is one.
    private static string Unescape(ReadOnlySpan<byte> raw)
    {
        var escaped = Encoding.UTF8.GetString(raw);
        var text = new StringBuilder(escaped.Length);
        for (var i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] != '\\' || i + 1 == escaped.Length)
            {
                text.Append(escaped[i]);
                continue;
            }

            if (escaped[++i] == 'u' && i + 4 < escaped.Length && ushort.TryParse(escaped.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
            {
                text.Append((char)unit);
                i += 4;
                continue;
            }

            text.Append(escaped[i] switch { 'b' => '\b', 'f' => '\f', 'n' => '\n', 'r' => '\r', 't' => '\t', var c => c });
        }

        return text.ToString();
    }
}
