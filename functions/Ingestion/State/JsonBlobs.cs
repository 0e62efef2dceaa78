using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Serverless.Contracts;

namespace Serverless.Functions.Ingestion.State;

/// <summary>Values as JSON blobs.</summary>
internal static class JsonBlobs
{
    private static readonly BlobHttpHeaders Json = new() { ContentType = "application/json" };

    /// <exception cref="Dispatch.GatewayException">500 <see cref="DamagedState.Code"/>, which names the blob.</exception>
    public static async Task<T?> ReadJsonAsync<T>(this BlobContainerClient container, string name, CancellationToken cancellationToken)
        where T : class => (await container.ReadTaggedJsonAsync<T>(name, cancellationToken)).Value;

    /// <returns>The value with the ETag to write it back by; neither where there is no such blob.</returns>
    /// <inheritdoc cref="ReadJsonAsync"/>
    public static async Task<(T? Value, ETag? ETag)> ReadTaggedJsonAsync<T>(this BlobContainerClient container, string name, CancellationToken cancellationToken, Func<T, bool>? isWhole = null)
        where T : class
    {
        var blob = await container.ReadStateAsync(name, cancellationToken, isWhole);
        return blob.IsDamaged ? throw DamagedState.Of($"{container.Name}/{name}") : (blob.Value, blob.ETag);
    }

    /// <summary>For who can do without, or make again, what a damaged blob held.</summary>
    /// <param name="isWhole">Whether a value that was read has all that it must have; null: what the type requires is enough.</param>
    public static async Task<JsonBlob<T>> ReadStateAsync<T>(this BlobContainerClient container, string name, CancellationToken cancellationToken, Func<T, bool>? isWhole = null)
        where T : class
    {
        try
        {
            var blob = (await container.GetBlobClient(name).DownloadContentAsync(cancellationToken)).Value;
            return new JsonBlob<T>(Parse(blob.Content, isWhole), blob.Details.ETag);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return default;
        }
    }

    public static Task<ETag> WriteJsonAsync<T>(this BlobContainerClient container, string name, T value, CancellationToken cancellationToken) =>
        container.WriteJsonAsync(name, value, conditions: null, cancellationToken);

    /// <summary>Writes the blob only if it is still what was read: <paramref name="read"/>, or not there where that is null.</summary>
    /// <exception cref="RequestFailedException">409 or 412: somebody else has written it since.</exception>
    public static Task<ETag> WriteJsonIfAsync<T>(this BlobContainerClient container, string name, T value, ETag? read, CancellationToken cancellationToken) =>
        container.WriteJsonAsync(name, value, read is { } etag ? new BlobRequestConditions { IfMatch = etag } : new BlobRequestConditions { IfNoneMatch = ETag.All }, cancellationToken);

    private static T? Parse<T>(BinaryData content, Func<T, bool>? isWhole)
        where T : class
    {
        try
        {
            return content.ToObjectFromJson<T>(WireJson.Options) is { } value && isWhole?.Invoke(value) != false ? value : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task<ETag> WriteJsonAsync<T>(this BlobContainerClient container, string name, T value, BlobRequestConditions? conditions, CancellationToken cancellationToken)
    {
        var options = new BlobUploadOptions { HttpHeaders = Json, Conditions = conditions };
        return (await container.GetBlobClient(name).UploadAsync(BinaryData.FromObjectAsJson(value, WireJson.Options), options, cancellationToken)).Value.ETag;
    }
}
