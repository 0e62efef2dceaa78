using System.Globalization;
using System.Text;
using UtfUnknown;

namespace Serverless.Documents.Encodings;

/// <summary>
/// Which code page a text that is no UTF-8 was written in. UTF.Unknown, which knows the letters' frequencies of some forty languages, says what it is most likely;
/// where it is not sure, or names what nobody has written for decades while Windows-1252 reads well, each candidate reads the text and the one wins whose letters
/// make the best words: of one script, not cut by symbols, not changing case within. Where that is a tie, Windows-1252, as browsers do.
/// </summary>
internal static class CodePageGuess
{
    private const int Sample = 65_536;
    private const int Before = 1024;
    private const float Sure = 0.5f;
    private const int Western = 1252;

    // Scripts of single bytes make letters of nearly everything.
    private const double OtherScripts = 0.9;

    // For what the detector thinks likely without being sure.
    private const double Bonus = 0.3;

    // In order of preference. 1252 Western, 1251 and 21866 (KOI8) Cyrillic, 1250 Central European, 1253 Greek, 1255 Hebrew, 1256 Arabic, 874 Thai.
    private static readonly int[] SingleByte = [Western, 1251, 1250, 1253, 21866, 1255, 1256, 874];

    // GB 18030, Shift_JIS, EUC-JP, EUC-KR, Big5.
    private static readonly int[] DoubleByte = [54936, 932, 51932, 51949, 950];

    // Windows' code pages hold all letters of their ISO relatives at the same places, and signs where those have controls. KOI8-U is KOI8-R with Ukrainian
    // letters for lines of boxes. The cedillas of 1250 are how Romanian was written before ISO 8859-16, which .NET does not know.
    private static readonly Dictionary<string, int> Relatives = new(StringComparer.OrdinalIgnoreCase)
    {
        ["iso-8859-1"] = Western,
        ["iso-8859-15"] = Western,
        ["iso-8859-8"] = 1255,
        ["iso-8859-9"] = 1254,
        ["iso-8859-11"] = 874,
        ["tis-620"] = 874,
        ["iso-8859-13"] = 1257,
        ["iso-8859-16"] = 1250,
        ["koi8-r"] = 21866,
        ["gb2312"] = 54936,
        ["gb18030"] = 54936,
        ["hz-gb-2312"] = 54936,
    };

    /// <returns>Null where no candidate makes words of it.</returns>
    public static string? Decode(ReadOnlySpan<byte> content) => Find(content)?.GetString(content);

    /// <returns>Null where no candidate makes words of it.</returns>
    public static Encoding? Find(ReadOnlySpan<byte> content)
    {
        // Where its letters beyond ASCII begin: a book's may do so late.
        var begin = Math.Max(0, content.IndexOfAnyInRange((byte)0x80, (byte)0xFF) - Before);
        var sample = content.Slice(begin, Math.Min(content.Length - begin, Sample));
        var (likely, isSure) = Detected(sample);
        if (isSure) return Page(likely);
        var best = (Score: double.MinValue, Page: Western);
        foreach (var page in SingleByte.Concat(DoubleByte))
        {
            if (Score(page, sample) is { } score && (score += page == likely ? Bonus : 0) > best.Score) best = (score, page);
        }

        if (best.Score >= 0) return Page(best.Page);
        // One that is guessed at only where nothing else is left: those of DOS, for instance.
        return likely > 0 && Words(Read(likely, sample), isLatin: true) > 0 ? Page(likely) : null;
    }

    /// <summary>The code page of names in an archive, one a line: of DOS where Windows packed it, of the country's where others did. Where that is a tie, 850, as Western Windows has it.</summary>
    public static Encoding OfNames(ReadOnlySpan<byte> names)
    {
        var best = (Score: double.MinValue, Page: 850);
        foreach (var (page, isLatin) in (ReadOnlySpan<(int, bool)>)[(850, true), (852, true), (866, false), (Western, true), (1251, false)])
        {
            var score = Words(Read(page, names), isLatin) * (isLatin ? 1 : OtherScripts);
            if (score > best.Score) best = (score, page);
        }

        foreach (var page in DoubleByte)
        {
            if (Score(page, names) is { } score && score > best.Score) best = (score, page);
        }

        return CodePagesEncodingProvider.Instance.GetEncoding(best.Page)!;
    }

    /// <summary>What the detector says, where the sample can be read so; 0 where not.</summary>
    private static (int Page, bool IsSure) Detected(ReadOnlySpan<byte> sample)
    {
        if (CharsetDetector.DetectFromBytes(sample.ToArray()).Detected is not { EncodingName: { } name, Confidence: var confidence } || PageOf(name) is not { } page) return default;
        var (isDos, isMac) = (name.StartsWith("ibm", StringComparison.OrdinalIgnoreCase), name.StartsWith("x-mac", StringComparison.OrdinalIgnoreCase));
        var text = Read(page, sample);
        // Controls of ISO's upper half are Windows' signs.
        if (page == 28592 && text.Any(IsUpperControl)) (page, text) = (1250, Read(1250, sample));
        // A sample may end within a character.
        if (text.SkipLast(1).Any(c => c == '\uFFFD' || IsUpperControl(c))) return default;
        return (page, confidence > Sure && !isMac && !(isDos && Words(Read(Western, sample), isLatin: true) * 2 >= Beyond(sample)));
    }

    /// <summary>Null where the page has no such bytes.</summary>
    private static double? Score(int page, ReadOnlySpan<byte> sample)
    {
        if (Array.IndexOf(DoubleByte, page) >= 0) return ReadStrictly(page, sample) is { } text ? Ideographs(text, isKorean: page == 51949) : null;
        var isLatin = page is Western or 1250;
        return Words(Read(page, sample), isLatin) * (isLatin ? 1 : OtherScripts);
    }

    private static bool IsUpperControl(char c) => c is >= '\u0080' and < '\u00A0';

    private static int? PageOf(string name)
    {
        if (Relatives.TryGetValue(name, out var page)) return page;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name)?.CodePage;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static int Beyond(ReadOnlySpan<byte> sample)
    {
        var count = 0;
        foreach (var value in sample) count += value >> 7;
        return count;
    }

    private static string Read(int page, ReadOnlySpan<byte> content) => Page(page).GetString(content);

    private static Encoding Page(int page) => CodePagesEncodingProvider.Instance.GetEncoding(page)!;

    private static string? ReadStrictly(int page, ReadOnlySpan<byte> sample)
    {
        var encoding = CodePagesEncodingProvider.Instance.GetEncoding(page, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)!;
        for (var cut = 0; cut < 4 && cut < sample.Length; cut++)
        {
            if (TextDecoder.Try(encoding, sample[..^cut]) is { } text) return text;
        }

        return null;
    }

    private static double Words(string text, bool isLatin)
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
            else if (c is >= '\u2500' and <= '\u25FF')
            {
                // KOI8's parts of boxes, which are everything else's letters.
                score -= 1;
            }
            else if (char.IsLetter(c) || char.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark)
            {
                // Western words hold letters beyond ASCII one at a time; other scripts' words hold nothing else.
                // A letter all by itself beside a bracket or the like is half a character of UTF-8 rather than a word, and beside a figure it is a sign that was misread.
                score += (++run > 2 && isLatin) || IsStray(before, after) ? -1 : !isLatin && !char.IsLetter(before) && !char.IsLetter(after) ? 0.5 : 1;
                if (char.IsLetter(before) && IsLatin(before) != IsLatin(c)) score -= 2;
                if (char.IsLetter(after) && IsLatin(after) != IsLatin(c)) score -= 2;
                if (char.IsUpper(c) && char.IsLower(before)) score -= 2;
                continue;
            }
            else
            {
                score += c == '’' ? 1 : char.IsLetter(before) && char.IsLetter(after) ? -2 : 0.6;
            }

            run = 0;
        }

        return score;
    }

    private static bool IsStray(char before, char after) =>
        !char.IsLetter(before) && !char.IsLetter(after) && (IsSymbol(before) || IsSymbol(after) || char.IsDigit(before) || char.IsDigit(after));

    private static bool IsSymbol(char c) => c < 0x80 && !char.IsWhiteSpace(c) && !char.IsLetterOrDigit(c) && c is not ('.' or ',' or ';' or ':' or '!' or '?' or '-' or '"' or '\'');

    // Kana and everyday ideographs are as good as two letters: they took two bytes. Korean is hardly written with ideographs any more.
    private static double Ideographs(string text, bool isKorean)
    {
        double score = 0;
        for (var i = 0; i < text.Length; i++)
        {
            // One all alone is mostly a sign or an accented letter, and the letter after it.
            var isAlone = (i == 0 || text[i - 1] < 0x80) && (i + 1 == text.Length || text[i + 1] < 0x80);
            score += text[i] switch
            {
                < '\u0080' => 0,
                (>= '\u3000' and <= '\u30FF') or (>= '\u4E00' and <= '\u9FFF') or (>= '\uAC00' and <= '\uD7A3') when isAlone => 0.3,
                >= '\u3000' and <= '\u30FF' => 2,
                >= '\u4E00' and <= '\u9FFF' => isKorean ? 1 : 1.95,
                >= '\uAC00' and <= '\uD7A3' => 2,
                >= '\uFF01' and <= '\uFF5E' => 1.5,
                _ => -3,
            };
        }

        return score;
    }

    private static bool IsLatin(char c) => c < 0x250;
}
