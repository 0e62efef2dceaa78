using System.Globalization;
using System.Text;
using ADRaffy.ENSNormalize;

namespace Serverless.Functions.Retrieval.Index;

/// <summary>
/// Text as it is matched, which is never as it is shown: documents keep their own characters and offsets, while what is embedded and what is searched,
/// passages and questions alike, goes through here. Ligatures, full and half width, superscripts and styled letters become plain ones (the parts of Unicode's
/// NFKC that texts and PDFs bring along), digits of any script are those of ASCII, what is not seen (soft hyphens, marks of direction, variation selectors) and what only the careful write (points of
/// Arabic and Hebrew vowels, the stroke that stretches Arabic words) go, and accents join their letters (NFC, UAX #15).
/// </summary>
public static class SearchText
{
    private const string HalfWidthKatakana = "・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン\u3099\u309A";

    // U+FB1D to U+FB4F, without their points; a blank where there is no letter.
    private const string HebrewForms = "י ײעאדהכלםרת+ששששאאאבגדהוז טיךכל מ נס ףפ צקרשתובכפ ";

    // U+FE80 to U+FEF4; the four forms of each letter, or the two.
    private const string ArabicForms = "ءآآأأؤؤإإئئئئااببببةةتتتتثثثثججججححححخخخخددذذررززسسسسششششصصصصضضضضططططظظظظععععغغغغففففققققككككللللممممننننههههووىىيييي";

    // U+FB50 to U+FBB1: letters that Persian, Urdu and Sindhi add.
    private const string MoreArabicForms = "ٱٱٻٻٻٻپپپپڀڀڀڀٺٺٺٺٿٿٿٿٹٹٹٹڤڤڤڤڦڦڦڦڄڄڄڄڃڃڃڃچچچچڇڇڇڇڍڍڌڌڎڎڈڈژژڑڑککککگگگگڳڳڳڳڱڱڱڱںںڻڻڻڻۀۀہہہہھھھھےےۓۓ";

    // U+2F00 to U+2FD5: PDFs name characters by the radicals that they look like.
    private const string Radicals = "一丨丶丿乙亅二亠人儿入八冂冖冫几凵刀力勹匕匚匸十卜卩厂厶又口囗土士夂夊夕大女子宀寸小尢尸屮山巛工己巾干幺广廴廾弋弓彐彡彳心戈戶手支攴文斗斤方无日曰月木欠止歹殳毋比毛氏气水火爪父爻爿片牙牛犬玄玉瓜瓦甘生用田疋疒癶白皮皿目矛矢石示禸禾穴立竹米糸缶网羊羽老而耒耳聿肉臣自至臼舌舛舟艮色艸虍虫血行衣襾見角言谷豆豕豸貝赤走足身車辛辰辵邑酉釆里金長門阜隶隹雨靑非面革韋韭音頁風飛食首香馬骨高髟鬥鬯鬲鬼魚鳥鹵鹿麥麻黃黍黑黹黽鼎鼓鼠鼻齊齒龍龜龠";

    // One of the alphabets of mathematical Greek, of 58 signs.
    private const string MathematicalGreek = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΘΣΤΥΦΧΨΩ∇αβγδεζηθικλμνξοπρςστυφχψω∂εθκφρπ";

    private static readonly Dictionary<char, string> Unaccented = new()
    {
        ['Ł'] = "L",
        ['ł'] = "l",
        ['Ø'] = "O",
        ['ø'] = "o",
        ['Đ'] = "D",
        ['đ'] = "d",
        ['Æ'] = "AE",
        ['æ'] = "ae",
        ['Œ'] = "OE",
        ['œ'] = "oe",
        ['ß'] = "ss",
        ['ẞ'] = "SS",
        ['ı'] = "i",
    };

    private static readonly Dictionary<int, string> Plain = new()
    {
        ['\u00AD'] = "",
        ['\u200B'] = "",
        ['\u2060'] = "",
        ['\u034F'] = "",
        ['\u061C'] = "",
        ['\u0640'] = "",
        ['\u0670'] = "",
        ['\u200E'] = "",
        ['\u200F'] = "",
        ['\u2010'] = "-",
        ['\u2011'] = "-",
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
        ['⅕'] = "1/5",
        ['⅖'] = "2/5",
        ['⅗'] = "3/5",
        ['⅘'] = "4/5",
        ['⅙'] = "1/6",
        ['⅚'] = "5/6",
        ['⅛'] = "1/8",
        ['⅜'] = "3/8",
        ['⅝'] = "5/8",
        ['⅞'] = "7/8",
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
        ['㎀'] = "pA",
        ['㎁'] = "nA",
        ['㎂'] = "μA",
        ['㎃'] = "mA",
        ['㎄'] = "kA",
        ['㎅'] = "KB",
        ['㎆'] = "MB",
        ['㎇'] = "GB",
        ['㎍'] = "μg",
        ['㎐'] = "Hz",
        ['㎑'] = "kHz",
        ['㎒'] = "MHz",
        ['㎓'] = "GHz",
        ['㎔'] = "THz",
        ['㎖'] = "ml",
        ['㎗'] = "dl",
        ['㎘'] = "kl",
        ['㎚'] = "nm",
        ['㎛'] = "μm",
        ['㎠'] = "cm2",
        ['㎢'] = "km2",
        ['㎤'] = "cm3",
        ['㎧'] = "m/s",
        ['㎺'] = "pW",
        ['㎻'] = "nW",
        ['㎼'] = "μW",
        ['㎾'] = "kW",
        ['㎿'] = "MW",
        ['㏄'] = "cc",
        ['㏈'] = "dB",
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
        ['Ⅺ'] = "XI",
        ['Ⅻ'] = "XII",
        ['ﻵ'] = "لآ",
        ['ﻶ'] = "لآ",
        ['ﻷ'] = "لأ",
        ['ﻸ'] = "لأ",
        ['ﻹ'] = "لإ",
        ['ﻺ'] = "لإ",
        ['ﻻ'] = "لا",
        ['ﻼ'] = "لا",
        ['ﭏ'] = "אל",
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

        var normal = ENSNormalize.NF.NFC(plain.ToString());
        return normal == text ? text : normal;
    }

    /// <summary>
    /// A word as those write it who leave accents out: letters of Latin and Greek without them, е for ё, and plain letters for those with a stroke or of two (ł, ø, æ, ß). The same object where that changes nothing.
    /// </summary>
    /// <param name="word">As it is matched.</param>
    public static string WithoutAccents(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        if (!word.Any(MayBearAccent)) return word;
        var plain = new StringBuilder(word.Length);
        var last = '\0';
        foreach (var c in ENSNormalize.NF.NFD(word))
        {
            if (c is >= '\u0300' and <= '\u036F' && (last is < '\u0400' or 'е' or 'Е')) continue;
            if (c is < '\u0300' or > '\u036F') last = c;
            plain.Append(Unaccented.GetValueOrDefault(c, c.ToString()));
        }

        var normal = ENSNormalize.NF.NFC(plain.ToString());
        return normal == word ? word : normal;
    }

    // Of Latin, Greek and the one letter of Cyrillic that is written either way.
    private static bool MayBearAccent(char c) => c is >= '\u00C0' and <= '\u03FF' or 'ё' or 'Ё' or >= '\u1E00' and <= '\u1FFF';

    private static bool Changes(string text)
    {
        var ascii = text.AsSpan().IndexOfAnyExceptInRange('\0', '\u007F');
        if (ascii < 0) return false;
        for (var i = ascii; i < text.Length; i++)
        {
            var c = text[i];
            if (c < 0x80) continue;
            // Hangul's own parts join like accents do.
            if (char.IsSurrogate(c) || c is >= '\u1100' and <= '\u11FF' || HasOtherForm(c) || Fold(c) is not null) return true;
            if (CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark) return true;
        }

        return false;
    }

    /// <summary>Whether a character may be one that Unicode has twice: polytonic Greek, signs of units, ideographs of older standards.</summary>
    private static bool HasOtherForm(char c) => c is >= '\u1F00' and <= '\u1FFF' or '\u037E' or '\u0387' or '\u2126' or '\u212A' or '\u212B' or >= '\uF900' and <= '\uFAFF';

    private static string? Fold(int rune) => rune switch
    {
        < 0xA0 => null,
        // Points of Hebrew and Arabic vowels. Those that make another letter (hamza, madda) stay.
        >= 0x0591 and <= 0x05BD or 0x05BF or 0x05C1 or 0x05C2 or 0x05C4 or 0x05C5 or 0x05C7 => "",
        >= 0x064B and <= 0x0652 or >= 0x06D6 and <= 0x06DC or >= 0x06DF and <= 0x06E4 or 0x06E7 or 0x06E8 or >= 0x06EA and <= 0x06ED => "",
        // Marks of direction, and selectors of one of a character's looks.
        >= 0x202A and <= 0x202E or >= 0x2061 and <= 0x2064 or >= 0x2066 and <= 0x2069 or >= 0xFE00 and <= 0xFE0F or >= 0xE0100 and <= 0xE01EF => "",
        >= 0xFF01 and <= 0xFF5E => ((char)(rune - 0xFEE0)).ToString(),
        >= 0xFF65 and <= 0xFF9F => HalfWidthKatakana[rune - 0xFF65].ToString(),
        >= 0x2000 and <= 0x200A => " ",
        0x2070 or (>= 0x2074 and <= 0x2079) => ((char)('0' + rune - 0x2070)).ToString(),
        >= 0x2080 and <= 0x2089 => ((char)('0' + rune - 0x2080)).ToString(),
        >= 0x2170 and <= 0x217B => Plain[rune - 16].ToLowerInvariant(),
        >= 0x2460 and <= 0x2473 => (rune - 0x245F).ToString(CultureInfo.InvariantCulture),
        >= 0x2474 and <= 0x2487 => $"({(rune - 0x2473).ToString(CultureInfo.InvariantCulture)})",
        >= 0x3251 and <= 0x325F => (rune - 0x323C).ToString(CultureInfo.InvariantCulture),
        >= 0x32B1 and <= 0x32BF => (rune - 0x328D).ToString(CultureInfo.InvariantCulture),
        >= 0x2F00 and <= 0x2FD5 => Radicals[rune - 0x2F00].ToString(),
        >= 0xFB1D and <= 0xFB4E => HebrewForms[rune - 0xFB1D].ToString().Trim(),
        >= 0xFB50 and <= 0xFBB1 => MoreArabicForms[rune - 0xFB50].ToString(),
        >= 0xFBFC and <= 0xFBFF => "ی",
        >= 0xFE80 and <= 0xFEF4 => ArabicForms[rune - 0xFE80].ToString(),
        // Mathematical bold, italic, script...: thirteen alphabets of 52 letters, then five rows of digits.
        >= 0x1D400 and <= 0x1D6A3 => Letter((rune - 0x1D400) % 52).ToString(),
        >= 0x1D6A8 and <= 0x1D7CB when ((rune - 0x1D6A8) % 58) is var at => MathematicalGreek[at].ToString(),
        >= 0x1D7CE and <= 0x1D7FF => ((char)('0' + ((rune - 0x1D7CE) % 10))).ToString(),
        _ when Plain.TryGetValue(rune, out var plain) => plain,
        _ when Rune.IsValid(rune) && Rune.GetUnicodeCategory((Rune)rune) == UnicodeCategory.DecimalDigitNumber => ((char)('0' + (int)Rune.GetNumericValue((Rune)rune))).ToString(),
        _ => null,
    };

    private static char Letter(int at) => (char)(at < 26 ? 'A' + at : 'a' + at - 26);
}
