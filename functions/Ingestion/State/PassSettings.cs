using System.Security.Cryptography;
using System.Text.Json;
using Serverless.Functions.Ingestion.Chunking;

namespace Serverless.Functions.Ingestion.State;

/// <summary>The collection's settings as a pass found them: they stay the same until it ends.</summary>
public sealed record PassSettings(string EmbeddingsRoute, int ChunkTokens, int ChunkOverlap, IReadOnlyList<string> Groups, ChunkStrategy ChunkStrategy = ChunkStrategy.Sentences)
{
    // Raised when readers or the chunker come to cut the same file differently.
    private const int PipelineVersion = 2;

    /// <summary>Names a blob's content as these settings see it: 32 hexadecimal digits.</summary>
    public string PassOf(string etag)
    {
        var identity = JsonSerializer.SerializeToUtf8Bytes(new { PipelineVersion, etag, EmbeddingsRoute, ChunkTokens, ChunkOverlap, Groups, ChunkStrategy });
        return Convert.ToHexStringLower(SHA256.HashData(identity))[..32];
    }
}
