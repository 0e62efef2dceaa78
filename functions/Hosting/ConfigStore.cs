using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Hosting;

/// <summary>JSON documents in the blob container <c>config</c>, each replaced only by whoever has seen its latest state (ETag compare-and-swap).</summary>
public sealed class ConfigStore(BlobServiceClient blobs)
{
    private readonly BlobContainerClient _container = blobs.GetBlobContainerClient("config");

    /// <summary>The document and its ETag; null when there is none.</summary>
    /// <exception cref="GatewayException">500 <c>configuration_damaged</c>, which names the blob.</exception>
    public async Task<ConfigEntry<T>?> ReadAsync<T>(string name, CancellationToken cancellationToken)
        where T : class
    {
        var reading = await LookAsync<T>(name, cancellationToken).ConfigureAwait(false);
        if (!reading.IsDamaged) return reading.Entry;
        var message = $"The blob 'config/{name}' is damaged: it holds no JSON of its kind. Put back an earlier version of it, or delete it and make what it held again.";
        throw new GatewayException(StatusCodes.Status500InternalServerError, new ErrorDetail("configuration_damaged", message, "server_error"));
    }

    /// <summary>As <see cref="ReadAsync"/>, for whoever goes on without a document that is damaged.</summary>
    public async Task<ConfigReading<T>> LookAsync<T>(string name, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            var content = (await _container.GetBlobClient(name).DownloadContentAsync(cancellationToken).ConfigureAwait(false)).Value;
            var value = JsonSerializer.Deserialize<T>(content.Content.ToMemory().Span, WireJson.Options);
            return value is null ? default : new ConfigReading<T>(new ConfigEntry<T>(value, content.Details.ETag), IsDamaged: false);
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            return default;
        }
        catch (JsonException)
        {
            return new ConfigReading<T>(null, IsDamaged: true);
        }
    }

    /// <summary>Writes the document when its state is still <paramref name="expected"/> (null: when there is none). Returns false when it is not.</summary>
    /// <param name="metadata">Written with the content, in one step; ASCII.</param>
    public async Task<bool> TryWriteAsync<T>(string name, T value, ETag? expected, CancellationToken cancellationToken, IDictionary<string, string>? metadata = null)
        where T : class =>
        await WriteAsync(name, value, expected, cancellationToken, metadata).ConfigureAwait(false) is not null;

    /// <summary>As <see cref="TryWriteAsync"/>; gives the state that was written, null where the document's was not the expected one.</summary>
    public async Task<ETag?> WriteAsync<T>(string name, T value, ETag? expected, CancellationToken cancellationToken, IDictionary<string, string>? metadata = null)
        where T : class
    {
        var conditions = expected is { } tag ? new BlobRequestConditions { IfMatch = tag } : new BlobRequestConditions { IfNoneMatch = ETag.All };
        var options = new BlobUploadOptions { Conditions = conditions, Metadata = metadata, HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" } };
        var content = new BinaryData(JsonSerializer.SerializeToUtf8Bytes(value, WireJson.Options));
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return (await _container.GetBlobClient(name).UploadAsync(content, options, cancellationToken).ConfigureAwait(false)).Value.ETag;
            }
            catch (RequestFailedException missing) when (attempt == 0 && missing.ErrorCode == BlobErrorCode.ContainerNotFound)
            {
                await _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            }
            catch (RequestFailedException conflict) when (conflict.Status is 409 or 412)
            {
                return null;
            }
        }
    }

    /// <summary>Writes the document whatever its state is.</summary>
    public async Task OverwriteAsync<T>(string name, T value, CancellationToken cancellationToken)
        where T : class
    {
        var content = new BinaryData(JsonSerializer.SerializeToUtf8Bytes(value, WireJson.Options));
        await _container.GetBlobClient(name).UploadAsync(content, overwrite: true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes the document when its state is still <paramref name="expected"/>. Returns false when it is not.</summary>
    public async Task<bool> TryDeleteAsync(string name, ETag expected, CancellationToken cancellationToken)
    {
        try
        {
            await _container.GetBlobClient(name).DeleteAsync(conditions: new BlobRequestConditions { IfMatch = expected }, cancellationToken: cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (RequestFailedException conflict) when (conflict.Status is 404 or 412)
        {
            return false;
        }
    }

    /// <summary>Deletes the document whatever its state is; nothing happens where there is none.</summary>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        _container.GetBlobClient(name).DeleteIfExistsAsync(cancellationToken: cancellationToken);

    /// <summary>The state of a document, without its content; null when there is none.</summary>
    public async Task<ETag?> TagAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return (await _container.GetBlobClient(name).GetPropertiesAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Value.ETag;
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Names, ETags and metadata of the documents under <paramref name="prefix"/>, in the order of their names.</summary>
    /// <param name="pageSize">How many a call of the storage, 1 to 5,000; null for 5,000. Small ones let others in between.</param>
    public async Task<IReadOnlyList<(string Name, ETag ETag, IDictionary<string, string>? Metadata)>> ListAsync(string prefix, CancellationToken cancellationToken, int? pageSize = null)
    {
        var found = new List<(string, ETag, IDictionary<string, string>?)>();
        try
        {
            var pages = _container.GetBlobsAsync(new GetBlobsOptions { Prefix = prefix, Traits = BlobTraits.Metadata }, cancellationToken).AsPages(pageSizeHint: pageSize);
            await foreach (var page in pages.ConfigureAwait(false))
                found.AddRange(page.Values.Select(item => (item.Name, item.Properties.ETag ?? default, (IDictionary<string, string>?)item.Metadata)));
        }
        catch (RequestFailedException missing) when (missing.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
        }

        return found;
    }
}
