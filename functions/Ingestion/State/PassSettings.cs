using System.Security.Cryptography;
using System.Text.Json;
using Serverless.Functions.Ingestion.Chunking;

namespace Serverless.Functions.Ingestion.State;

/// <summary>The collection's settings and the document's access as a pass found them: they stay the same until it ends.</summary>
/// <param name="Groups">Whose members may find the document; with <paramref name="Users"/> empty: everyone.</param>
/// <param name="Users">Who may find it beside them; null: none.</param>
public sealed record PassSettings(string EmbeddingsRoute, int ChunkTokens, int ChunkOverlap, IReadOnlyList<string> Groups, ChunkStrategy ChunkStrategy = ChunkStrategy.Sentences, IReadOnlyList<string>? Users = null)
{
    // Raised when readers or the chunker come to cut the same file differently.
    private const int PipelineVersion = 2;

    /// <summary>Names a blob's content as these settings see it: 32 hexadecimal digits.</summary>
    public string PassOf(string etag)
    {
        // Documents without users have the pass that they had before there were any.
        var identity = Users is { Count: > 0 }
            ? JsonSerializer.SerializeToUtf8Bytes(new { PipelineVersion, etag, EmbeddingsRoute, ChunkTokens, ChunkOverlap, Groups, ChunkStrategy, Users })
            : JsonSerializer.SerializeToUtf8Bytes(new { PipelineVersion, etag, EmbeddingsRoute, ChunkTokens, ChunkOverlap, Groups, ChunkStrategy });
        return Convert.ToHexStringLower(SHA256.HashData(identity))[..32];
    }
}
