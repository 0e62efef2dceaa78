using Serverless.Documents.Tables;

namespace Serverless.Documents.Markup;

/// <summary>A table that a text's marks draw.</summary>
/// <param name="Rows">Their cells' texts, as they are written.</param>
/// <param name="End">The line after it.</param>
/// <param name="Title">What stands above it; null for none.</param>
internal sealed record MarkupTable(IReadOnlyList<IReadOnlyList<string>> Rows, int End, string? Title = null)
{
    /// <summary>The rows of a table that is written as delimited values, without blank ones.</summary>
    public static List<IReadOnlyList<string>> Values(string text, char delimiter) =>
        [.. CsvReader.Rows(text, delimiter).Where(row => row.Exists(cell => !string.IsNullOrWhiteSpace(cell))).Select(row => row.ConvertAll(cell => cell.Trim()))];

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Rows.Count} rows]";
}
