namespace Serverless.Functions.Retrieval.Index;

/// <summary>A chunk that a search found.</summary>
/// <param name="Score">What it was ranked by, higher is better: by vectors its similarity, by words BM25, by both <see cref="Ranking.HybridRanking"/>'s.</param>
public sealed record FoundChunk(string Id, string Document, string? Heading, int Start, int End, int? Page, string Text, double Score)
{
    /// <summary>Cosine similarity to the question, -1..1; null where only its words were found.</summary>
    public double? Similarity { get; init; }

    /// <summary>What the search service's semantic ranker gave it, 0..4; null where it was not asked, or had no time.</summary>
    public double? RerankerScore { get; init; }

    /// <summary>Its place among its document's chunks, from 0.</summary>
    public int Ordinal { get; init; }

    /// <summary>Whether it comes with what stands around it: text and offsets reach further than the chunk that was found.</summary>
    public bool IsWidened { get; init; }

    /// <summary>What share of the question it names, 0..1; 0 where that was not looked at.</summary>
    public double Coverage { get; init; }

    /// <summary>What words are looked for in.</summary>
    public string Searched => Heading is null ? Text : $"{Heading}\n{Text}";

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Id} [{Text.Length} chars]";
}
