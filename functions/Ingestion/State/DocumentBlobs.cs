using Azure;
using Azure.Storage.Blobs.Models;

namespace Serverless.Functions.Ingestion.State;

/// <summary>Documents as users dropped them, and their extracted texts.</summary>
public sealed class DocumentBlobs(IngestionContainers containers)
{
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

    public async Task UploadAsync(DocumentName document, Stream content, string? contentType, IDictionary<string, string> metadata, CancellationToken cancellationToken)
    {
        await containers.EnsureCreatedAsync(cancellationToken);
        var options = new BlobUploadOptions { HttpHeaders = new BlobHttpHeaders { ContentType = contentType }, Metadata = metadata };
        await containers.Documents.GetBlobClient(document.BlobName).UploadAsync(content, options, cancellationToken);
    }

    /// <summary>False when there was none.</summary>
    public async Task<bool> DeleteAsync(DocumentName document, CancellationToken cancellationToken)
    {
        try
        {
            return await containers.Documents.GetBlobClient(document.BlobName)
                .DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellationToken);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return false;
        }
    }

    public async Task PublishTextAsync(DocumentName document, string text, CancellationToken cancellationToken)
    {
        await containers.EnsureCreatedAsync(cancellationToken);
        var options = new BlobUploadOptions { HttpHeaders = new BlobHttpHeaders { ContentType = "text/plain; charset=utf-8" } };
        await containers.Extracted.GetBlobClient(document.BlobName).UploadAsync(BinaryData.FromString(text), options, cancellationToken);
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
