using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Options;
using Serverless.Functions.Ingestion.Access;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Transfers.Imports;

/// <summary>Brings one blob into a collection, streamed, where it is not there already.</summary>
public sealed class BlobImport(IngestionContainers containers, IOptions<IngestionOptions> options)
{
    /// <param name="listed">The blob's ETag as the listing had it.</param>
    /// <param name="size">Bytes, likewise.</param>
    public async Task<ImportOutcome> CopyAsync(ImportRun run, BlobContainerClient source, string name, ETag? listed, long size, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(source);
        var document = new DocumentName(run.Collection, run.Target + name);
        if (document.WhyNotStorable() is { } reason) return ImportOutcome.Failed(name, "invalid_path", $"The name cannot name a document: {reason}.");
        if (size > options.Value.MaxDocumentBytes) return TooLarge(name);
        try
        {
            await containers.EnsureCreatedAsync(cancellationToken);
            var existing = await FindAsync(document, cancellationToken);
            var was = existing?.Metadata.FirstOrDefault(item => item.Key.Equals(ImportMark.Name, StringComparison.OrdinalIgnoreCase)).Value;
            var mark = ImportMark.Of(run, source.Uri, name, listed?.ToString() ?? string.Empty);
            if (was == mark) return ImportOutcome.Unchanged;
            if (existing is not null && !run.Overwrite && !ImportMark.IsSameBlob(was, mark))
                return ImportOutcome.Failed(name, "document_exists", "There is a document of this path that was not imported from this blob; 'overwrite' replaces such.");
            return await WriteAsync(run, source, name, document, existing?.ETag, cancellationToken);
        }
        catch (RequestFailedException refused) when (refused.Status is >= 400 and < 500 and not 408 and not 429)
        {
            return ImportOutcome.Failed(name, "storage_refused", $"Storage answered with status {refused.Status} ({refused.ErrorCode ?? "no code"}).");
        }
    }

    private async Task<ImportOutcome> WriteAsync(ImportRun run, BlobContainerClient source, string name, DocumentName document, ETag? replaces, CancellationToken cancellationToken)
    {
        var download = (await source.GetBlobClient(name).DownloadStreamingAsync(cancellationToken: cancellationToken)).Value;
        using var content = new BoundedStream(download.Content, options.Value.MaxDocumentBytes);
        var upload = new BlobUploadOptions
        {
            HttpHeaders = new BlobHttpHeaders { ContentType = download.Details.ContentType, ContentEncoding = download.Details.ContentEncoding },
            Metadata = MetadataOf(run, download.Details.Metadata, ImportMark.Of(run, source.Uri, name, download.Details.ETag.ToString())),
            Conditions = replaces is { } etag ? new BlobRequestConditions { IfMatch = etag } : new BlobRequestConditions { IfNoneMatch = ETag.All },
        };
        try
        {
            await containers.Documents.GetBlobClient(document.BlobName).UploadAsync(content, upload, cancellationToken);
            return new ImportOutcome(content.Seen);
        }
        catch (RequestFailedException lost) when (lost.Status is 409 or 412)
        {
            return ImportOutcome.Failed(name, "document_changed", "Somebody else wrote the document at the same time.");
        }
        catch (Exception) when (content.IsExceeded)
        {
            return TooLarge(name);
        }
    }

    // Who may see it is the request's to say, or else the blob's own; a sidecar that comes along says it before either.
    private static Dictionary<string, string> MetadataOf(ImportRun run, IDictionary<string, string> own, string mark)
    {
        string[] dropped = run.Groups is null && run.Users is null ? [ImportMark.Name] : [ImportMark.Name, AccessMetadata.Groups, AccessMetadata.Users];
        var metadata = own.Where(item => !dropped.Contains(item.Key, StringComparer.OrdinalIgnoreCase)).ToDictionary(item => item.Key, item => item.Value, StringComparer.OrdinalIgnoreCase);
        if (run.Groups is { Count: > 0 }) metadata[AccessMetadata.Groups] = AccessMetadata.Write(run.Groups);
        if (run.Users is { Count: > 0 }) metadata[AccessMetadata.Users] = AccessMetadata.Write(run.Users);
        metadata[ImportMark.Name] = mark;
        return metadata;
    }

    private async Task<BlobProperties?> FindAsync(DocumentName document, CancellationToken cancellationToken)
    {
        try
        {
            return (await containers.Documents.GetBlobClient(document.BlobName).GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
    }

    private ImportOutcome TooLarge(string name) =>
        ImportOutcome.Failed(name, "document_too_large", $"A document may have at most {options.Value.MaxDocumentBytes} bytes (setting 'Ingestion:MaxDocumentBytes').");
}
