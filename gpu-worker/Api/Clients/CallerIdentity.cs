using System.Security.Cryptography;
using System.Text;

namespace Serverless.GpuWorker.Api.Clients;

/// <summary>Whom a request is for, as an opaque word: the hash of the caller's key and of the end user that the caller names.</summary>
internal static class CallerIdentity
{
    private static readonly object KeyHashItem = new();

    public static void SetKeyHash(HttpContext context, byte[] keyHash) => context.Items[KeyHashItem] = keyHash;

    public static bool HasKey(HttpContext context) => context.Items[KeyHashItem] is byte[];

    public static string ClientId(HttpContext context, string? user)
    {
        var keyHash = context.Items[KeyHashItem] as byte[] ?? [];
        if (keyHash.Length == 0 && string.IsNullOrEmpty(user)) return "anonymous";
        return Convert.ToHexStringLower(SHA256.HashData([.. keyHash, .. Encoding.UTF8.GetBytes(user ?? "")]).AsSpan(0, 16));
    }
}
