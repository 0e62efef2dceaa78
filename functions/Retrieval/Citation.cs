using System.Text.Json.Serialization;

namespace Serverless.Functions.Retrieval;

/// <summary>A passage that an answer rests on.</summary>
/// <param name="Document">The path within the collection.</param>
/// <param name="Heading">The headings above the passage, joined by " > "; null where there are none.</param>
/// <param name="Start">Offset of its first character in the extracted text.</param>
/// <param name="End">Offset after its last character.</param>
/// <param name="Score">The search service's fused score, higher is better.</param>
/// <param name="Page">The page, slide or so that it stands on, from 1; null for formats without pages.</param>
public sealed record Citation(
    string Document,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Heading,
    int Start,
    int End,
    string Text,
    double Score,
    int? Page = null)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Start}..{End} [{Text.Length} chars]";
}
