namespace Serverless.Documents;

/// <summary>A stretch of extracted text under one heading. Heading lines stand between sections, not in them.</summary>
/// <param name="Heading">The headings above it, outermost first, joined by " > "; null where there are none.</param>
/// <param name="Start">Offset of its first character in the extracted text.</param>
/// <param name="End">Offset after its last character.</param>
/// <param name="Page">1-based page number; null for formats without pages.</param>
public sealed record Section(string? Heading, int Start, int End, int? Page = null)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Start}..{End}";
}
