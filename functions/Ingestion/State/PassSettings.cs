using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Serverless.Functions.Ingestion.Chunking;
using Serverless.Functions.Retrieval.Index;

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
    /// <summary>Of the collection (<see cref="Generations.Generation"/>); 0 for its first.</summary>
    public int Generation { get; init; }

    /// <summary>Where its chunks are; null in passes of earlier versions.</summary>
    public string? GenerationIndex { get; init; }

    /// <summary>The route at the version that gives the model's vectors; null in passes of earlier versions.</summary>
    public string? PinnedRoute { get; init; }

    /// <summary>Whether questions are answered from another generation.</summary>
    public bool IsBuild { get; init; }

    /// <summary>Another index that may hold vectors of the same model; null: none.</summary>
    public string? KnownIndex { get; init; }

    /// <summary>The restore whose export has vectors for it (<see cref="Transfers.Restores.RestoredVectors"/>); null: none.</summary>
    public string? Restore { get; init; }

    /// <summary>The index that its chunks go to.</summary>
    [JsonIgnore]
    public string Index => GenerationIndex ?? IndexName.For(EmbeddingsRoute);

    /// <summary>The route to be called.</summary>
    [JsonIgnore]
    public string Route => PinnedRoute ?? EmbeddingsRoute;

    /// <summary>Raised when readers or the chunker come to cut the same file differently, or the index to hold it differently.</summary>
    internal const int PipelineVersion = 16;

    /// <summary>Names a blob's content as these settings see it: 32 hexadecimal digits. Metadata is the blob's own: when it changes, so does the ETag.</summary>
    public string PassOf(string etag)
    {
        var identity = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                PipelineVersion,
                etag,
                EmbeddingsRoute,
                ChunkTokens,
                ChunkOverlap,
                Groups,
                ChunkStrategy,
                Users = Users is { Count: > 0 } ? Users : null,
                // A first generation's passes are called as they were before there were others.
                Model = Generation == 0 ? Model : $"{Model} {Generation} {GenerationIndex}",
            });
        // Documents without keep the names that they had before there were filters. The blob's ETag stands for its metadata; only what an earlier version wrote can lack them.
        if (Generation == 0 && Metadata is { Count: > 0 })
            identity = [.. identity, .. JsonSerializer.SerializeToUtf8Bytes(Metadata.OrderBy(item => item.Key, StringComparer.Ordinal))];
        return Convert.ToHexStringLower(SHA256.HashData(identity))[..32];
    }
}
