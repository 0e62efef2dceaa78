namespace Serverless.Functions.Ingestion.Chunking;

/// <summary>A piece of a document: <c>Text == extracted[Start..End]</c>.</summary>
/// <param name="Heading">The headings above it; null where there are none.</param>
/// <param name="Ordinal">Its place in the document, from 0.</param>
/// <param name="Tokens">Tokens of <see cref="Text"/> for the embedding model.</param>
/// <param name="TableHead">The head of the table that it is a later part of; null elsewhere.</param>
public sealed record TextChunk(string Text, string? Heading, int Start, int End, int? Page, int Ordinal, int Tokens, string? TableHead = null)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"#{Ordinal} {Start}..{End} [{Text.Length} chars]";
}
