using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Tests.Ingestion.Support;

/// <summary>Chunks for an index, each of a document of its own, with the vector that <see cref="LexicalGateway"/> gives their text.</summary>
internal static class ChunkOfTest
{
    public const string Collection = "c";
    public const int Dimensions = 64;

    public static IndexedChunk Create(int id, string text, IReadOnlyList<string> groups, IReadOnlyList<string>? users = null, IReadOnlyDictionary<string, string>? metadata = null) => new()
    {
        Id = $"k{id}",
        Collection = Collection,
        Document = $"{id}.txt",
        DocumentKey = $"k{id}",
        Start = 0,
        End = text.Length,
        Ordinal = 0,
        Tokens = text.Split(' ').Length,
        Text = text,
        Groups = groups,
        Users = users ?? [],
        Metadata = metadata ?? new Dictionary<string, string>(),
        Embedding = LexicalGateway.VectorOf(text, Dimensions),
    };

    /// <summary>Writes chunks to a new index.</summary>
    /// <returns>Its name.</returns>
    public static async Task<string> IndexAsync(IngestionHarness app, IReadOnlyList<IndexedChunk> chunks)
    {
        var index = "chunks-" + Guid.NewGuid().ToString("N");
        await app.Get<ChunkWriter>().UploadAsync(index, chunks, default);
        return index;
    }
}
