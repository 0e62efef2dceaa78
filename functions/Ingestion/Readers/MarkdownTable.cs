using System.Text;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>Writes GitHub Flavored Markdown's tables.</summary>
internal static class MarkdownTable
{
    // Wider ones say nothing that a reader could follow; it bounds what one lone cell far to the right can cost.
    private const int MaxColumns = 512;

    /// <summary>Rows without a line end after the last; a table of one row has no delimiter row.</summary>
    /// <param name="check">Runs after each row.</param>
    public static void Write(StringBuilder text, IReadOnlyList<IReadOnlyList<string>> rows, Action check)
    {
        var columns = Math.Min(MaxColumns, rows.Max(row => row.Count));
        for (var i = 0; i < rows.Count; i++)
        {
            if (i > 0) text.Append('\n');
            WriteRow(text, rows[i], columns);
            if (i == 0 && rows.Count > 1) text.Append("\n|").Insert(text.Length, " --- |", columns);
            check();
        }
    }

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
