using System.Globalization;
using Azure;
using Azure.Storage.Blobs.Models;

namespace Serverless.Functions.Ingestion.State;

/// <summary>Documents as users dropped them, and their extracted texts.</summary>
public sealed class DocumentBlobs(IngestionContainers containers)
{
    internal static BlobHttpHeaders PlainText { get; } = new() { ContentType = "text/plain; charset=utf-8" };

    /// <summary>The blob as it is now; null when it is gone.</summary>
    public async Task<BlobProperties?> FindAsync(DocumentName document, CancellationToken cancellationToken)
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

    /// <summary>The blob as it is now, with its content where that has at most <paramref name="maxBytes"/>; null when it is gone.</summary>
    public async Task<DocumentHead?> OpenAsync(DocumentName document, int maxBytes, CancellationToken cancellationToken)
    {
        if (maxBytes > 0)
        {
            try
            {
                var options = new BlobDownloadOptions { Range = new HttpRange(0, maxBytes + 1) };
                var blob = (await containers.Documents.GetBlobClient(document.BlobName).DownloadContentAsync(options, cancellationToken)).Value;
                var content = blob.Content.ToMemory();
                // "bytes 0-99/1234"; absent where the service took the range for the whole.
                var range = blob.Details.ContentRange;
                var size = range is null ? content.Length : long.Parse(range.AsSpan(range.LastIndexOf('/') + 1), CultureInfo.InvariantCulture);
                return new DocumentHead(blob.Details.ETag, size, blob.Details.ContentType, blob.Details.Metadata, size == content.Length && size <= maxBytes ? content : default(ReadOnlyMemory<byte>?));
            }
            catch (RequestFailedException failure) when (failure.Status == 404)
            {
                return null;
            }
            catch (RequestFailedException failure) when (failure.Status == 416)
            {
                // It is empty: no range lies in it.
            }
        }

        return await FindAsync(document, cancellationToken) is { } properties
            ? new DocumentHead(properties.ETag, properties.ContentLength, properties.ContentType, properties.Metadata, null)
            : null;
    }

    /// <summary>The content with exactly this ETag; null when it has been replaced or deleted.</summary>
    public async Task<(ReadOnlyMemory<byte> Content, string? ContentType)?> ReadAsync(DocumentName document, string etag, CancellationToken cancellationToken)
    {
        try
        {
            var options = new BlobDownloadOptions { Conditions = new BlobRequestConditions { IfMatch = new ETag(etag) } };
            var result = await containers.Documents.GetBlobClient(document.BlobName).DownloadContentAsync(options, cancellationToken);
            return (result.Value.Content.ToMemory(), result.Value.Details.ContentType);
        }
        catch (RequestFailedException failure) when (failure.Status is 404 or 412)
        {
            return null;
        }
    }

    /// <param name="condition">What has to hold of the blob that is there; null for nothing.</param>
    /// <returns>When it was written, and as what; null where the condition does not hold.</returns>
    public async Task<BlobContentInfo?> UploadAsync(
        DocumentName document, Stream content, string? contentType, IDictionary<string, string> metadata, CancellationToken cancellationToken, BlobRequestConditions? condition = null)
    {
        await containers.EnsureCreatedAsync(cancellationToken);
        var options = new BlobUploadOptions { HttpHeaders = new BlobHttpHeaders { ContentType = contentType }, Metadata = metadata, Conditions = condition };
        try
        {
            return (await containers.Documents.GetBlobClient(document.BlobName).UploadAsync(content, options, cancellationToken)).Value;
        }
        catch (RequestFailedException failure) when (condition is not null && failure.Status is 409 or 412)
        {
            return null;
        }
    }

    /// <summary>False when there was none.</summary>
    /// <param name="condition">What has to hold of the blob; null for nothing.</param>
    /// <exception cref="RequestFailedException">412: the condition does not hold.</exception>
    public async Task<bool> DeleteAsync(DocumentName document, CancellationToken cancellationToken, BlobRequestConditions? condition = null)
    {
        try
        {
            return await containers.Documents.GetBlobClient(document.BlobName)
                .DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, condition, cancellationToken);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return false;
        }
    }

    public Task PublishTextAsync(DocumentName document, string text, CancellationToken cancellationToken) =>
        PublishTextAsync(document, BinaryData.FromString(text).ToStream(), cancellationToken);

    /// <param name="text">UTF-8.</param>
    public async Task PublishTextAsync(DocumentName document, Stream text, CancellationToken cancellationToken)
    {
        await containers.EnsureCreatedAsync(cancellationToken);
        await containers.Extracted.GetBlobClient(document.BlobName).UploadAsync(text, new BlobUploadOptions { HttpHeaders = PlainText }, cancellationToken);
    }

    /// <summary>The extracted text of a document that is ready; null when there is none.</summary>
    public async Task<string?> FindTextAsync(DocumentName document, CancellationToken cancellationToken)
    {
        try
        {
            return (await containers.Extracted.GetBlobClient(document.BlobName).DownloadContentAsync(cancellationToken)).Value.Content.ToString();
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
    }

    public Task WithdrawTextAsync(DocumentName document, CancellationToken cancellationToken) =>
        containers.Extracted.GetBlobClient(document.BlobName).DeleteIfExistsAsync(cancellationToken: cancellationToken);
}
