using System.Text.Json.Serialization;
using Serverless.Functions.Retrieval.Citing;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Retrieval;

/// <summary>A passage that an answer rests on.</summary>
/// <param name="Document">The path within the collection.</param>
/// <param name="Heading">The headings above the passage, joined by " > "; null where there are none.</param>
/// <param name="Start">Offset of its first character in the extracted text.</param>
/// <param name="End">Offset after its last character.</param>
/// <param name="Score">What it was ranked by, higher is better.</param>
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
    /// <summary>The chunk's key in the index; null where it has none.</summary>
    public string? Id { get; init; }

    /// <summary>What the search service's semantic ranker gave it, 0..4; null where it did not rank it.</summary>
    public double? RerankerScore { get; init; }

    /// <summary>Where the answer quotes the passage word by word; null where it does not.</summary>
    public IReadOnlyList<Quote>? Quotes { get; init; }

    /// <summary>Where the gateway shows the document's text.</summary>
    [JsonIgnore]
    public string? Url { get; init; }

    internal static Citation Of(FoundChunk chunk, string collection) => new(chunk.Document, chunk.Heading, chunk.Start, chunk.End, chunk.Text, chunk.Score, chunk.Page)
    {
        Id = chunk.Id,
        RerankerScore = chunk.RerankerScore,
        Url = UrlOf(collection, chunk.Document),
    };

    /// <summary>Where the gateway shows a document's text: the path and query of a URL.</summary>
    internal static string UrlOf(string collection, string document) => $"/collections/{Uri.EscapeDataString(collection)}/documents/{string.Join('/', document.Split('/').Select(Uri.EscapeDataString))}?content=text";

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Start}..{End} [{Text.Length} chars]";
}
