using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Serverless.Functions.Clients;

/// <summary>An API key: <c>sk-{client id}-{256 random bits, base64url}</c>. The id in it finds the client; the whole of it is compared.</summary>
public static class ClientKey
{
    private const string Prefix = "sk-";
    private const int IdLength = 16;

    public static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdLength / 2));

    public static string NewKey(string id) => $"{Prefix}{id}-{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}";

    /// <summary>The id inside a key; null when it does not look like a key of ours.</summary>
    public static string? IdOf(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.Length > Prefix.Length + IdLength && key.StartsWith(Prefix, StringComparison.Ordinal) && key[Prefix.Length + IdLength] == '-'
            ? key.Substring(Prefix.Length, IdLength)
            : null;
    }

    /// <summary>Whether a text was made as a key of a client's, or made to look like one.</summary>
    public static bool IsOurs(string key) => IdOf(key) is { } id && id.All(char.IsAsciiHexDigit);

    /// <summary>Whether a text has the form of a client's id.</summary>
    public static bool IsId(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id.Length == IdLength && id.All(char.IsAsciiHexDigitLower);
    }

    public static string Hash(string key)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(key, digest);
        return Convert.ToHexStringLower(digest);
    }

    /// <param name="digest">32 bytes.</param>
    internal static void Hash(string key, Span<byte> digest)
    {
        ArgumentNullException.ThrowIfNull(key);
        var bytes = Encoding.UTF8.GetMaxByteCount(key.Length) <= 1024 ? stackalloc byte[1024] : new byte[Encoding.UTF8.GetByteCount(key)];
        SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(key, bytes)], digest);
    }

    /// <summary>Compares in a time that does not depend on where the two differ.</summary>
    /// <param name="hash">As <see cref="Hash(string)"/> gives it; anything else is nobody's.</param>
    public static bool Matches(string key, string hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        return KeyDigest.Parse(hash).Matches(KeyDigest.Of(key));
    }
}
