namespace Serverless.Functions.Ingestion.Readers;

/// <summary>Formats that are not read though their programs write others that are: a reason that says which helps more than a list of endings.</summary>
internal static class UnreadFormats
{
    private static readonly Dictionary<string, (string Name, string Instead)> Others = new(StringComparer.Ordinal)
    {
        [".doc"] = ("Word documents of before 2007", ".docx"),
        [".dot"] = ("Word templates of before 2007", ".dotx"),
        [".xls"] = ("Excel workbooks of before 2007", ".xlsx"),
        [".xlt"] = ("Excel templates of before 2007", ".xltx"),
        [".xlsb"] = ("Excel's binary workbooks", ".xlsx"),
        [".ppt"] = ("PowerPoint presentations of before 2007", ".pptx"),
        [".pps"] = ("PowerPoint shows of before 2007", ".ppsx"),
    };

    private static readonly Dictionary<string, string> MediaTypes = new(StringComparer.Ordinal)
    {
        ["application/msword"] = ".doc",
        ["application/vnd.ms-excel"] = ".xls",
        ["application/vnd.ms-powerpoint"] = ".ppt",
        ["application/vnd.ms-excel.sheet.binary.macroenabled.12"] = ".xlsb",
    };

    /// <summary>The ending of what other programs call by one of these names for Office to open it: a page with a table, values between tabs. Empty where it is none of them.</summary>
    public static string Disguised(DocumentFile file)
    {
        if (!Others.ContainsKey(file.Extension) || !FormatSniffer.LooksLikeText(file.Content.Span)) return string.Empty;
        if (FormatSniffer.LooksLikeXml(file.Content.Span)) return ".xml";
        return FormatSniffer.LooksLikeMarkup(file.Content.Span) ? ".html" : file.Extension is ".xls" or ".xlt" ? ".csv" : ".txt";
    }

    /// <summary>What to do about a file that nothing reads; null where nothing is known of it.</summary>
    public static string? Advice(DocumentFile file)
    {
        if (!Others.TryGetValue(file.Extension, out var format) && !(file.Extension.Length == 0 && Others.TryGetValue(MediaTypes.GetValueOrDefault(file.MediaType ?? string.Empty, string.Empty), out format))) return null;
        return $"{format.Name} are not read: save it as {format.Instead}.";
    }
}
