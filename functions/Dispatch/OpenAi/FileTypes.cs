namespace Serverless.Functions.Dispatch;

/// <summary>Media types of the documents that models read, by the endings of their names.</summary>
internal static class FileTypes
{
    private static readonly (string Ending, string Type)[] Known =
    [
        ("pdf", "application/pdf"), ("csv", "text/csv"), ("html", "text/html"), ("txt", "text/plain"), ("md", "text/markdown"), ("doc", "application/msword"),
        ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"), ("xls", "application/vnd.ms-excel"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ];

    /// <summary>A PDF where the name says nothing: it is what is sent most.</summary>
    public static string OfName(string? name)
    {
        var ending = name?[(name.LastIndexOf('.') + 1)..].ToLowerInvariant();
        return Array.Find(Known, known => known.Ending == ending).Type ?? Known[0].Type;
    }

    /// <summary>The ending, without its dot; null for a type that is none of them.</summary>
    public static string? EndingOf(string type) => Array.Find(Known, known => known.Type == type).Ending;
}
