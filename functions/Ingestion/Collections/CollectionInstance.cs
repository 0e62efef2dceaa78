using System.Security.Cryptography;
using System.Text;

namespace Serverless.Functions.Ingestion.Collections;

/// <summary>Names the one orchestration of a kind that may be at work on a collection. A collection's name may hold what an instance's may not.</summary>
internal static class CollectionInstance
{
    /// <returns><c>{kind}-{the first 32 hexadecimal digits of SHA-256 of the collection's name}</c>.</returns>
    public static string Id(string kind, string collection) => $"{kind}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(collection)))[..32]}";
}
