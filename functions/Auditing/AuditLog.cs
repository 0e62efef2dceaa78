using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Serverless.Contracts;

namespace Serverless.Functions.Auditing;

/// <summary>
/// Appends to the append blobs <c>audit/yyyy/MM/dd/HH-{part}.jsonl</c>, which all instances share: the service appends a block whole and after the ones before.
/// Nothing here replaces or deletes. A block whose answer was lost may be there twice; readers know it by its id. Thread-safe.
/// </summary>
public sealed class AuditLog(BlobServiceClient storage)
{
    public const string Container = "audit";

    // The service permits 50,000 blocks in a blob; a change takes two.
    private const int MaxParts = 1000;

    private readonly BlobContainerClient _container = storage.GetBlobContainerClient(Container);

    public static string NewId(DateTimeOffset at) =>
        string.Create(CultureInfo.InvariantCulture, $"{at.UtcTicks:d19}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}");

    /// <summary>Returns once the entry is stored.</summary>
    /// <exception cref="RequestFailedException">It may not be.</exception>
    public async Task AppendAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(entry, WireJson.Options), (byte)'\n'];
        for (var part = 1; ; part++)
        {
            var blob = _container.GetAppendBlobClient(NameOf(entry.At, part));
            try
            {
                await AppendAsync(blob, line, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (RequestFailedException full) when (full.ErrorCode == "BlockCountExceedsLimit" && part < MaxParts)
            {
            }
        }
    }

    /// <summary>The blob of an hour; an entry's end goes where its beginning is.</summary>
    internal static string NameOf(DateTimeOffset at, int part) => string.Create(CultureInfo.InvariantCulture, $"{at.UtcDateTime:yyyy'/'MM'/'dd'/'HH}-{part:d4}.jsonl");

    private async Task AppendAsync(AppendBlobClient blob, byte[] line, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            using var content = new MemoryStream(line);
            try
            {
                await blob.AppendBlockAsync(content, cancellationToken: cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (RequestFailedException missing) when (missing.Status == 404 && attempt == 0)
            {
                if (missing.ErrorCode == BlobErrorCode.ContainerNotFound) await _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
                await blob.CreateIfNotExistsAsync(new AppendBlobCreateOptions { HttpHeaders = new BlobHttpHeaders { ContentType = "application/jsonl" } }, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
