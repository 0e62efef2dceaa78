namespace Serverless.Documents;

/// <summary>Formats that are not read though their programs write others that are: a reason that says which helps more than a list of endings.</summary>
internal static class UnreadFormats
{
    private static readonly Dictionary<string, (string Name, string Instead)> Others = new(StringComparer.Ordinal)
    {
        [".wps"] = ("Documents of Microsoft Works", ".rtf"),
        [".vsd"] = ("Visio drawings", ".pdf"),
        [".vsdx"] = ("Visio drawings", ".pdf"),
        [".pub"] = ("Publisher documents", ".pdf"),
        [".7z"] = ("Archives of 7-Zip", ".zip"),
        [".rar"] = ("RAR archives", ".zip"),
        [".bz2"] = ("Files packed by bzip2", ".zip"),
        [".tbz2"] = ("Files packed by bzip2", ".zip"),
        [".xz"] = ("Files packed by xz", ".zip"),
        [".txz"] = ("Files packed by xz", ".zip"),
        [".zst"] = ("Files packed by Zstandard", ".zip"),
    };

    /// <summary>What to do about a file that nothing reads; null where nothing is known of it.</summary>
    public static string? Advice(DocumentFile file) => Others.TryGetValue(file.Extension, out var format) ? $"{format.Name} are not read: save it as {format.Instead}." : null;
}
