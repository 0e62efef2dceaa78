namespace Serverless.Documents.Markdown;

/// <summary>Markdown's tables are filled up to their header's columns before anybody can look at them: a wide header over many short rows would become millions of cells.</summary>
internal static class TableBounds
{
    /// <summary>Cells of the widest table, if all lines were its rows.</summary>
    internal const long MaxCells = 2_000_000;

    /// <exception cref="DocumentRejectedException">A table of the text may have more cells.</exception>
    public static void Check(string markdown)
    {
        long lines = 0, columns = 0;
        foreach (var line in markdown.AsSpan().EnumerateLines())
        {
            lines++;
            if (!line.ContainsAnyExcept("|-: \t>")) columns = Math.Max(columns, line.Count('|') + 1L);
        }

        if (columns * lines > MaxCells)
            throw new DocumentRejectedException($"The Markdown has a table of {columns} columns, which over {lines} lines may be more than {MaxCells} cells.", isLimit: true);
    }
}
