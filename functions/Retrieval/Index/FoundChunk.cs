namespace Serverless.Functions.Retrieval.Index;

/// <summary>A chunk that a search found.</summary>
/// <param name="Score">The service's fused score, higher is better.</param>
public sealed record FoundChunk(string Id, string Document, string? Heading, int Start, int End, int? Page, string Text, double Score)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Id} [{Text.Length} chars]";
}
