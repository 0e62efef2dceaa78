using Serverless.Functions.Retrieval;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Mcp;

/// <summary>A chunk and the collection that it was found in.</summary>
public sealed record FoundPassage(string Collection, FoundChunk Chunk)
{
    /// <param name="address">Where the app is.</param>
    public PassageView View(string address) => PassageView.Of(Citation.Of(Chunk, Collection), Collection, address);
}
