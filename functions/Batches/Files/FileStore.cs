using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Serverless.Functions.Batches.Files;

/// <summary>Files of batches: <c>files/{owner}/{id}</c>.</summary>
public sealed class FileStore(BatchContainer container, TimeProvider time)
{
    internal const string Prefix = "files/";
    private const string IdPrefix = "file-";

    public string NewId() => IdPrefix + BatchContainer.NewId(time.GetUtcNow());

    /// <summary>Whether a text is an id of ours.</summary>
    public static bool IsId(string id) => BatchContainer.IsId(id, IdPrefix);

    /// <summary>Writes a file's bytes as they come. It is no file before <see cref="CompleteAsync"/>.</summary>
    public async Task WriteAsync(string owner, string id, Stream content, CancellationToken cancellationToken)
    {
        await container.EnsureCreatedAsync(cancellationToken);
        await Blob(owner, id).UploadAsync(content, new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } }, cancellationToken);
    }

    public async Task<StoredFile> CompleteAsync(string owner, string id, string filename, string purpose, TimeSpan keep, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var blob = Blob(owner, id);
        var metadata = StoredFile.Metadata(filename, purpose, now, now + keep);
        await blob.SetMetadataAsync(metadata, cancellationToken: cancellationToken);
        var properties = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
        return StoredFile.Of(id, properties.ContentLength, metadata)!;
    }

    /// <summary>Writes a file whole or not at all, in place of one that was there: it is there when the stream is closed.</summary>
    public async Task<Stream> OpenWriteAsync(string owner, string id, string filename, string purpose, DateTimeOffset createdAt, TimeSpan keep, CancellationToken cancellationToken) =>
        await container.Blobs.GetBlobClient(Name(owner, id)).OpenWriteAsync(
            overwrite: true, new BlobOpenWriteOptions { Metadata = StoredFile.Metadata(filename, purpose, createdAt, createdAt + keep) }, cancellationToken);

    /// <summary>Null for one that is not there, or no longer.</summary>
    public async Task<StoredFile?> FindAsync(string owner, string id, CancellationToken cancellationToken)
    {
        if (!IsId(id)) return null;
        try
        {
            var properties = (await Blob(owner, id).GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            return StoredFile.Of(id, properties.ContentLength, properties.Metadata) is { } file && file.ExpiresAt > time.GetUtcNow() ? file : null;
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
    }

    /// <summary>A file's bytes, all or a part of them.</summary>
    /// <exception cref="RequestFailedException">404: it is not there.</exception>
    public async Task<Stream> OpenAsync(string owner, string id, long from, long? length, CancellationToken cancellationToken)
    {
        var options = new BlobDownloadOptions { Range = new HttpRange(from, length) };
        return (await Blob(owner, id).DownloadStreamingAsync(options, cancellationToken)).Value.Content;
    }

    /// <summary>A file, or the part of it that is asked for, for who asked over HTTP; null where it has gone since it was found.</summary>
    internal async Task<IActionResult?> FindContentAsync(HttpRequest request, string owner, StoredFile file, string contentType)
    {
        var etag = $"\"{file.Id}\"";
        var range = FileRange.Of(request, file.Bytes, etag);
        if (range is { Length: 0 }) return new UnsatisfiableRange(file.Bytes);
        try
        {
            return new FileContent(await OpenAsync(owner, file.Id, range?.From ?? 0, range?.Length, request.HttpContext.RequestAborted), file.Bytes, range, etag, contentType);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
    }

    /// <summary>An owner's files, the newest first.</summary>
    public async IAsyncEnumerable<StoredFile> ListAsync(string owner, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await container.EnsureCreatedAsync(cancellationToken);
        var prefix = $"{Prefix}{owner}/";
        await foreach (var blob in container.Blobs.GetBlobsAsync(new GetBlobsOptions { Traits = BlobTraits.Metadata, Prefix = prefix }, cancellationToken))
        {
            if (StoredFile.Of(blob.Name[prefix.Length..], blob) is { } file && file.ExpiresAt > time.GetUtcNow()) yield return file;
        }
    }

    /// <returns>Whether it was there.</returns>
    public async Task<bool> DeleteAsync(string owner, string id, CancellationToken cancellationToken) =>
        (await Blob(owner, id).DeleteIfExistsAsync(cancellationToken: cancellationToken)).Value;

    private static string Name(string owner, string id) => $"{Prefix}{owner}/{id}";

    private BlobClient Blob(string owner, string id) => container.Blobs.GetBlobClient(Name(owner, id));
}
