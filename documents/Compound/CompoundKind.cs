namespace Serverless.Documents.Compound;

/// <summary>Which program's file a compound file is, by the streams at its root: what is embedded in it has its own further down.</summary>
internal static class CompoundKind
{
    private static readonly (string Stream, string Ending)[] Kinds =
    [
        ("__properties_version1.0", ".msg"), ("WordDocument", ".doc"), ("Workbook", ".xls"), ("Book", ".xls"), ("PowerPoint Document", ".ppt"), ("PP40", ".ppt"),
    ];

    /// <summary>The ending that such a file would have; empty for a broken one, or one that no reader here is for.</summary>
    public static string Ending(ReadOnlyMemory<byte> content)
    {
        try
        {
            var root = new CompoundFile(content, new ReadingScope(new ReadingLimits(), CancellationToken.None)).Root;
            return Array.Find(Kinds, kind => root.Children.TryGetValue(kind.Stream, out var entry) && entry.IsStream).Ending ?? string.Empty;
        }
        catch (Exception failure) when (failure is InvalidDataException or DocumentRejectedException)
        {
            return string.Empty;
        }
    }
}
