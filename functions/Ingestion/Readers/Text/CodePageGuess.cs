using System.Text;

namespace Serverless.Functions.Ingestion.Readers.Text;

/// <summary>
/// Which code page a text that is no UTF-8 was written in: each candidate reads it, and the one wins whose letters make the best words: of
/// one script, not cut by symbols, not changing case within. Where it is a tie, Windows-1252, as browsers do.
/// </summary>
internal static class CodePageGuess
{
    private const int Sample = 65_536;

    // In order of preference. 1252 Western, 1251 and 20866 (KOI8-R) Cyrillic, 1250 Central European, 1253 Greek, 1255 Hebrew, 1256 Arabic, 874 Thai.
    private static readonly int[] SingleByte = [1252, 1251, 1250, 1253, 20866, 1255, 1256, 874];

    // Shift_JIS, EUC-JP, GB 18030, EUC-KR, Big5.
    private static readonly int[] DoubleByte = [932, 51932, 54936, 51949, 950];

    /// <returns>Null where no candidate makes words of it.</returns>
    public static string? Decode(ReadOnlySpan<byte> content)
    {
        var sample = content[..Math.Min(content.Length, Sample)];
        var best = (Score: double.MinValue, Page: 1252);
        foreach (var page in SingleByte)
        {
            var score = Words(Read(page, sample), latin: page is 1252 or 1250);
            if (score > best.Score) best = (score, page);
        }

        foreach (var page in DoubleByte)
        {
            // A sample may end within a character, and only there.
            if (ReadStrictly(page, sample) is { } text && Ideographs(text) is var score && score > best.Score) best = (score, page);
        }

        return best.Score < 0 ? null : Read(best.Page, content);
    }

    private static string Read(int page, ReadOnlySpan<byte> content) => CodePagesEncodingProvider.Instance.GetEncoding(page)!.GetString(content);

    private static string? ReadStrictly(int page, ReadOnlySpan<byte> sample)
    {
        var encoding = CodePagesEncodingProvider.Instance.GetEncoding(page, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)!;
        for (var cut = 0; cut < 4 && cut < sample.Length; cut++)
        {
            if (TextDecoder.Try(encoding, sample[..^cut]) is { } text) return text;
        }

        return null;
    }

    private static double Words(string text, bool latin)
    {
        double score = 0;
        var run = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c < 0x80)
            {
                run = 0;
                continue;
            }

            var (before, after) = (i > 0 ? text[i - 1] : ' ', i + 1 < text.Length ? text[i + 1] : ' ');
            if (c is '\uFFFD' || char.IsControl(c))
            {
                score -= 5;
            }
            else if (char.IsLetter(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.NonSpacingMark)
            {
                // Western words hold letters beyond ASCII one at a time; other scripts' words hold nothing else.
                // A letter all by itself beside a bracket or the like is half a character of UTF-8 rather than a word.
                score += (++run > 2 && latin) || IsStray(before, after) ? -1 : 1;
                if (char.IsLetter(before) && IsLatin(before) != IsLatin(c)) score -= 2;
                if (char.IsLetter(after) && IsLatin(after) != IsLatin(c)) score -= 2;
                if (char.IsUpper(c) && char.IsLower(before)) score -= 2;
                continue;
            }
            else
            {
                score += char.IsLetter(before) && char.IsLetter(after) && c != '’' ? -2 : 0.1;
            }

            run = 0;
        }

        return score;
    }

    private static bool IsStray(char before, char after) =>
        !char.IsLetter(before) && !char.IsLetter(after) && (IsSymbol(before) || IsSymbol(after));

    private static bool IsSymbol(char c) => c < 0x80 && !char.IsWhiteSpace(c) && !char.IsLetterOrDigit(c) && c is not ('.' or ',' or ';' or ':' or '!' or '?' or '-' or '"' or '\'');

    // Kana and everyday ideographs are as good as two letters: they took two bytes.
    private static double Ideographs(string text)
    {
        double score = 0;
        foreach (var c in text)
        {
            score += c switch
            {
                < '\u0080' => 0,
                >= '\u3000' and <= '\u30FF' => 2,
                >= '\u4E00' and <= '\u9FFF' => 1.9,
                >= '\uAC00' and <= '\uD7A3' => 2,
                >= '\uFF01' and <= '\uFF5E' => 1.5,
                _ => -3,
            };
        }

        return score;
    }

    private static bool IsLatin(char c) => c < 0x250;
}
