using Serverless.Functions.Ingestion;
using Serverless.Functions.Retrieval;

namespace Serverless.Functions.Mcp;

/// <summary>A passage as tools give it: OpenAI's connectors read the first three, models the rest.</summary>
/// <param name="Id">What <c>fetch</c> takes.</param>
/// <param name="Title">The document's path, and the headings above the passage.</param>
/// <param name="Url">Where the gateway shows the document's text, to who has a key.</param>
/// <param name="Score">What it was ranked by, higher is better.</param>
/// <param name="Page">From 1; null for formats without pages.</param>
public sealed record PassageView(string Id, string Title, string Url, string Text, double Score, int? Page, string Collection, string Document)
{
    /// <summary>In an answer, the n of its marker [n]; null elsewhere.</summary>
    public int? Number { get; init; }

    internal static PassageView Of(Citation citation, string collection, string address) => new(
        new PassageId(new DocumentName(collection, citation.Document), citation.Start, citation.End).ToString(),
        TitleOf(citation.Document, citation.Heading),
        address + Citation.UrlOf(collection, citation.Document),
        citation.Text,
        citation.Score,
        citation.Page,
        collection,
        citation.Document);

    internal static string TitleOf(string document, string? heading) => string.IsNullOrEmpty(heading) ? document : $"{document} > {heading}";

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Text.Length} chars]";
}
