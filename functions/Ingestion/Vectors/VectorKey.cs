using System.Security.Cryptography;
using System.Text;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Ingestion.Steps;

namespace Serverless.Functions.Ingestion.Vectors;

/// <summary>
/// What a vector is found again by: <c>sha256(model's identity, sha256 of the embedded text)</c>, cut to 32 hexadecimal digits. It says nothing of the text,
/// and another model or instruction has other keys.
/// </summary>
internal static class VectorKey
{
    /// <summary>Null where a pass of an earlier version does not know its model.</summary>
    public static string? Of(PassSettings settings, string chunkId) => settings.Model is { } model ? Of(model, chunkId) : null;

    public static string Of(string model, string chunkId) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"{model}:{ChunkId.TextHash(chunkId)}")))[..32];
}
