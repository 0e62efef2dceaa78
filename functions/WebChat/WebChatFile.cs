using System.IO.Compression;
using System.Security.Cryptography;

namespace Serverless.Functions.WebChat;

/// <summary>A file of the page as it is sent.</summary>
/// <param name="ContentType">Its media type.</param>
/// <param name="Plain">Its bytes.</param>
/// <param name="Packed">The same, by gzip.</param>
/// <param name="ETag">Of its bytes, quoted.</param>
public sealed record WebChatFile(string ContentType, ReadOnlyMemory<byte> Plain, ReadOnlyMemory<byte> Packed, string ETag)
{
    /// <summary>Packed once for all who ask: the whole page is some 100 KB then.</summary>
    public static WebChatFile Of(string contentType, byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true)) gzip.Write(bytes);
        return new WebChatFile(contentType, bytes, packed.ToArray(), $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12))}\"");
    }
}
