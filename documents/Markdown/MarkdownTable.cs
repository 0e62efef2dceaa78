using System.Text;

namespace Serverless.Documents.Markdown;

/// <summary>Writes GitHub Flavored Markdown's tables.</summary>
internal static class MarkdownTable
{
    // Wider ones say nothing that a reader could follow; it bounds what one lone cell far to the right can cost.
    private const int MaxColumns = 512;

    /// <summary>Rows without a line end after the last; a table of one row has no delimiter row.</summary>
    /// <param name="columns">Of the widest row.</param>
    /// <param name="count">Of rows.</param>
    /// <param name="check">Runs after each row.</param>
    public static void Write(StringBuilder text, IEnumerable<IReadOnlyList<string>> rows, int columns, int count, Action check)
    {
        columns = Math.Min(MaxColumns, columns);
        foreach (var (i, row) in rows.Index())
        {
            if (i > 0) text.Append('\n');
            WriteRow(text, row, columns);
            if (i == 0 && count > 1) text.Append("\n|").Insert(text.Length, " --- |", columns);
            check();
        }
    }

    /// <summary>Rows in one line, for a table within a cell.</summary>
    public static string Flat(IEnumerable<IReadOnlyList<string>> rows) => string.Join("; ", rows.Select(row => string.Join(", ", row.Where(cell => cell.Length > 0))));

    private static void WriteRow(StringBuilder text, IReadOnlyList<string> cells, int columns)
    {
        text.Append('|');
        for (var column = 0; column < columns; column++)
        {
            text.Append(' ');
            if (column < cells.Count) text.Append(ExtractedTextBuilder.OneLine(cells[column]).Replace("|", "\\|", StringComparison.Ordinal));
            text.Append(" |");
        }
    }
}
