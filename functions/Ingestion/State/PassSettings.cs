using System.Security.Cryptography;
using System.Text.Json;
using Serverless.Functions.Ingestion.Chunking;

namespace Serverless.Functions.Ingestion.State;

/// <summary>The collection's settings and the document's access as a pass found them: they stay the same until it ends.</summary>
/// <param name="Groups">Whose members may find the document; with <paramref name="Users"/> empty: everyone.</param>
/// <param name="Users">Who may find it beside them; null: none.</param>
/// <param name="Metadata">What filters can name of the document (<see cref="Retrieval.Filters.DocumentMetadata"/>); null: nothing.</param>
/// <param name="Model">Names the model behind the route and its instruction (<see cref="Dispatch.IGateway.EmbeddingIdentityAsync"/>); null in passes of earlier versions.</param>
public sealed record PassSettings(
    string EmbeddingsRoute, int ChunkTokens, int ChunkOverlap, IReadOnlyList<string> Groups, ChunkStrategy ChunkStrategy = ChunkStrategy.Sentences, IReadOnlyList<string>? Users = null,
    string? Model = null, IReadOnlyDictionary<string, string>? Metadata = null)
{
    // Raised when readers or the chunker come to cut the same file differently.
    private const int PipelineVersion = 3;

    /// <summary>Names a blob's content as these settings see it: 32 hexadecimal digits.</summary>
    public string PassOf(string etag)
    {
        var identity = JsonSerializer.SerializeToUtf8Bytes(
            new { PipelineVersion, etag, EmbeddingsRoute, ChunkTokens, ChunkOverlap, Groups, ChunkStrategy, Users = Users is { Count: > 0 } ? Users : null, Model });
        // Documents without keep the names that they had before there were filters.
        if (Metadata is { Count: > 0 }) identity = [.. identity, .. JsonSerializer.SerializeToUtf8Bytes(Metadata.OrderBy(item => item.Key, StringComparer.Ordinal))];
        return Convert.ToHexStringLower(SHA256.HashData(identity))[..32];
    }
}
