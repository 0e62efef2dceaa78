using Serverless.Documents.Compound;

namespace Serverless.Documents.Office97;

/// <summary>Files that other programs call as Office of before 2007 does its own, for Office to open them: a page with a table, values between tabs, a newer document.</summary>
internal static class OldOfficeNames
{
    private static readonly HashSet<string> Endings = new([".doc", ".dot", ".xls", ".xlt", ".ppt", ".pps"], StringComparer.Ordinal);

    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        ["application/msword"] = ".doc",
        ["application/vnd.ms-excel"] = ".xls",
        ["application/vnd.ms-powerpoint"] = ".ppt",
    };

    /// <summary>The ending of what such a file is; null where its name is another, or may be true.</summary>
    /// <param name="isKnown">Whether its own ending is one that is read: then its media type says nothing.</param>
    public static string? Disguised(DocumentFile file, bool isKnown)
    {
        var name = Endings.Contains(file.Extension) ? file.Extension : isKnown ? string.Empty : Types.GetValueOrDefault(file.MediaType ?? string.Empty, string.Empty);
        if (name.Length == 0 || CompoundFile.Is(file.Content.Span)) return null;
        if (FormatSniffer.Extension(file.Content) is { Length: > 0 } told) return told;
        if (!FormatSniffer.LooksLikeText(file.Content.Span)) return null;
        if (FormatSniffer.LooksLikeXml(file.Content.Span)) return ".xml";
        return FormatSniffer.LooksLikeMarkup(file.Content.Span) ? ".html" : name is ".xls" or ".xlt" ? ".csv" : ".txt";
    }
}
