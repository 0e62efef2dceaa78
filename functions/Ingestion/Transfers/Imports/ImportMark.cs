using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Serverless.Functions.Ingestion.Transfers.Imports;

/// <summary>
/// A document's metadata that says from which state of which blob it was imported: 16 hexadecimal digits of SHA-256 for the blob, a hyphen, 16 for its state and the access that was asked for.
/// Who writes the document anew, by whatever client, writes it without.
/// </summary>
public static class ImportMark
{
    /// <summary>The metadata's name.</summary>
    public const string Name = "importedfrom";

    /// <param name="container">The source container's address.</param>
    /// <param name="etag">The blob's, with quotes or without.</param>
    public static string Of(ImportRun run, Uri container, string blob, string etag)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(container);
        ArgumentNullException.ThrowIfNull(etag);
        return $"{Hash(new { container = container.GetLeftPart(UriPartial.Path), blob })}-{Hash(new { etag = etag.Trim('"'), run.Groups, run.Users })}";
    }

    /// <summary>Whether two marks are of one blob, in whatever states.</summary>
    public static bool IsSameBlob(string? mark, string other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return mark is not null && mark.Split('-')[0] == other.Split('-')[0];
    }

    private static string Hash<T>(T value) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(value))))[..16];
}
