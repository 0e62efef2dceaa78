namespace Serverless.Functions.Ingestion.Readers.Markup;

/// <summary>A table that a text's marks draw.</summary>
/// <param name="Rows">Their cells' texts, as they are written.</param>
/// <param name="End">The line after it.</param>
/// <param name="Title">What stands above it; null for none.</param>
internal sealed record MarkupTable(IReadOnlyList<IReadOnlyList<string>> Rows, int End, string? Title = null)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Rows.Count} rows]";
}
