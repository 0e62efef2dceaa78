using System.Globalization;
using System.Text;
using ADRaffy.ENSNormalize;

namespace Serverless.Functions.Retrieval.Index;

/// <summary>
/// Text as it is matched, which is never as it is shown: documents keep their own characters and offsets, while what is embedded and what is searched,
/// passages and questions alike, goes through here. Ligatures, full and half width, superscripts and styled letters become plain ones (the parts of Unicode's
/// NFKC that texts and PDFs bring along), soft hyphens and zero-width spaces go, and accents join their letters (NFC, UAX #15).
/// </summary>
public static class SearchText
{
    private const string HalfWidthKatakana = "・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン\u3099\u309A";

    private static readonly Dictionary<int, string> Plain = new()
    {
        ['\u00AD'] = "",
        ['\u200B'] = "",
        ['\u2060'] = "",
        ['\uFEFF'] = "",
        ['\u3000'] = " ",
        ['\u00A0'] = " ",
        ['\u202F'] = " ",
        ['\u205F'] = " ",
        ['ﬀ'] = "ff",
        ['ﬁ'] = "fi",
        ['ﬂ'] = "fl",
        ['ﬃ'] = "ffi",
        ['ﬄ'] = "ffl",
        ['ﬅ'] = "st",
        ['ﬆ'] = "st",
        ['Ĳ'] = "IJ",
        ['ĳ'] = "ij",
        ['ŉ'] = "ʼn",
        ['ſ'] = "s",
        ['Ǆ'] = "DŽ",
        ['ǅ'] = "Dž",
        ['ǆ'] = "dž",
        ['Ǉ'] = "LJ",
        ['ǈ'] = "Lj",
        ['ǉ'] = "lj",
        ['Ǌ'] = "NJ",
        ['ǋ'] = "Nj",
        ['ǌ'] = "nj",
        ['ª'] = "a",
        ['º'] = "o",
        ['²'] = "2",
        ['³'] = "3",
        ['¹'] = "1",
        ['⁺'] = "+",
        ['⁻'] = "-",
        ['ⁿ'] = "n",
        ['ⁱ'] = "i",
        ['¼'] = "1/4",
        ['½'] = "1/2",
        ['¾'] = "3/4",
        ['⅓'] = "1/3",
        ['⅔'] = "2/3",
        ['µ'] = "μ",
        ['™'] = "TM",
        ['℠'] = "SM",
        ['℃'] = "°C",
        ['℉'] = "°F",
        ['№'] = "No",
        ['ℓ'] = "l",
        ['…'] = "...",
        ['‥'] = "..",
        ['￠'] = "¢",
        ['￡'] = "£",
        ['￢'] = "¬",
        ['￥'] = "¥",
        ['￦'] = "₩",
        ['㎜'] = "mm",
        ['㎝'] = "cm",
        ['㎞'] = "km",
        ['㎎'] = "mg",
        ['㎏'] = "kg",
        ['㎡'] = "m2",
        ['㎥'] = "m3",
        ['Ⅰ'] = "I",
        ['Ⅱ'] = "II",
        ['Ⅲ'] = "III",
        ['Ⅳ'] = "IV",
        ['Ⅴ'] = "V",
        ['Ⅵ'] = "VI",
        ['Ⅶ'] = "VII",
        ['Ⅷ'] = "VIII",
        ['Ⅸ'] = "IX",
        ['Ⅹ'] = "X",
    };

    /// <summary>The text as it is matched; the same object where that changes nothing.</summary>
    public static string Normalize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!Changes(text)) return text;
        var plain = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Fold(rune.Value) is { } folded) plain.Append(folded);
            else plain.Append(rune);
        }

        return ENSNormalize.NF.NFC(plain.ToString());
    }

    private static bool Changes(string text)
    {
        var ascii = text.AsSpan().IndexOfAnyExceptInRange('\0', '\u007F');
        if (ascii < 0) return false;
        for (var i = ascii; i < text.Length; i++)
        {
            var c = text[i];
            if (c < 0x80) continue;
            // Hangul's own parts join like accents do.
            if (char.IsSurrogate(c) || c is >= '\u1100' and <= '\u11FF' || Fold(c) is not null) return true;
            if (CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark) return true;
        }

        return false;
    }

    private static string? Fold(int rune) => rune switch
    {
        < 0xA0 => null,
        >= 0xFF01 and <= 0xFF5E => ((char)(rune - 0xFEE0)).ToString(),
        >= 0xFF65 and <= 0xFF9F => HalfWidthKatakana[rune - 0xFF65].ToString(),
        >= 0x2000 and <= 0x200A => " ",
        0x2070 or (>= 0x2074 and <= 0x2079) => ((char)('0' + rune - 0x2070)).ToString(),
        >= 0x2080 and <= 0x2089 => ((char)('0' + rune - 0x2080)).ToString(),
        >= 0x2460 and <= 0x2473 => (rune - 0x245F).ToString(CultureInfo.InvariantCulture),
        // Mathematical bold, italic, script...: thirteen alphabets of 52 letters, then five rows of digits.
        >= 0x1D400 and <= 0x1D6A3 => Letter((rune - 0x1D400) % 52).ToString(),
        >= 0x1D7CE and <= 0x1D7FF => ((char)('0' + ((rune - 0x1D7CE) % 10))).ToString(),
        _ => Plain.GetValueOrDefault(rune),
    };

    private static char Letter(int at) => (char)(at < 26 ? 'A' + at : 'a' + at - 26);
}
