namespace Serverless.Documents.Rtf;

/// <summary>RTF's words by what is done with them (Rich Text Format Specification 1.9.1).</summary>
internal static class RtfWords
{
    /// <summary>Destinations without an asterisk that hold no text of the document; others an asterisk tells of.</summary>
    public static HashSet<string> Skipped { get; } = new(StringComparer.Ordinal)
    {
        "colortbl", "filetbl", "pict", "object", "header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf", "nonshppict", "shprslt", "sp", "xe", "tc", "rxe", "private",
        "ftnsep", "ftnsepc", "aftnsep", "aftnsepc", "nonesttables", "mmathPict", "info", "upr", "do", "listtable", "listoverridetable", "revtbl", "fldinst",
        "formfield", "datafield", "template", "bkmkstart", "bkmkend", "annotation", "atnid", "atnauthor", "background",
    };

    /// <summary>Of these a part is read all the same.</summary>
    public static HashSet<string> SkippedInPart { get; } = new(StringComparer.Ordinal) { "upr", "object", "do" };

    /// <summary>That part.</summary>
    public static HashSet<string> ReadAgain { get; } = new(StringComparer.Ordinal) { "ud", "result", "dptxbxtext" };

    /// <summary>What an asterisk stands before and is text none the less.</summary>
    public static HashSet<string> Known { get; } = new(StringComparer.Ordinal) { "shpinst", "moMath", "moMathPara", "mmath" };

    /// <summary>Words that stand for characters.</summary>
    public static Dictionary<string, string> Signs { get; } = new(StringComparer.Ordinal)
    {
        ["tab"] = " ",
        ["line"] = "\n",
        ["lbr"] = "\n",
        ["emdash"] = "—",
        ["endash"] = "–",
        ["lquote"] = "‘",
        ["rquote"] = "’",
        ["ldblquote"] = "“",
        ["rdblquote"] = "”",
        ["bullet"] = "•",
        ["emspace"] = "\u2003",
        ["enspace"] = "\u2002",
        ["qmspace"] = "\u2005",
        ["zwj"] = "\u200D",
        ["zwnj"] = "\u200C",
        ["ltrmark"] = "\u200E",
        ["rtlmark"] = "\u200F",
    };
}
