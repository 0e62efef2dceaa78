using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Storage.Blobs;
using Serverless.Functions.Clients;

namespace Serverless.Functions.Batches;

/// <summary>Container <c>batches</c>: files and batches of each owner side by side, so that a list reads one owner's only.</summary>
public sealed class BatchContainer(BlobServiceClient service)
{
    public const string Name = "batches";

    private volatile bool _isThere;

    internal BlobContainerClient Blobs { get; } = service.GetBlobContainerClient(Name);

    /// <summary>The folder of whose files and batches these are: a client, or a person of one. 32 hexadecimal digits.</summary>
    public static string OwnerOf(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(caller.Subject))[..16]);
    }

    /// <summary>Twelve hexadecimal digits of the time, running backwards, and sixteen of chance: in a listing by name the newest come first, and nobody guesses one.</summary>
    internal static string NewId(DateTimeOffset now) =>
        FormattableString.Invariant($"{0xFFFFFFFFFFFF - now.ToUnixTimeMilliseconds():x12}{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}");

    /// <summary>Whether a text is such an id behind a prefix: it becomes a part of a blob's name.</summary>
    internal static bool IsId(string id, string prefix) =>
        id.StartsWith(prefix, StringComparison.Ordinal) && id.Length == prefix.Length + 28 && id.AsSpan(prefix.Length).IndexOfAnyExcept("0123456789abcdef") < 0;

    /// <summary>The time that an id was made of.</summary>
    internal static DateTimeOffset TimeOf(string id) => DateTimeOffset.FromUnixTimeMilliseconds(0xFFFFFFFFFFFF - Convert.ToInt64(id[..12], 16));

    internal async Task EnsureCreatedAsync(CancellationToken cancellationToken)
    {
        if (_isThere) return;
        try
        {
            await Blobs.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException failure) when (failure.Status == 409)
        {
            // Another instance was faster.
        }

        _isThere = true;
    }
}
