using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Serverless.Contracts;

namespace Serverless.Functions.Ingestion.State;

/// <summary>Values as JSON blobs.</summary>
internal static class JsonBlobs
{
    private static readonly BlobHttpHeaders Json = new() { ContentType = "application/json" };

    public static async Task<T?> ReadJsonAsync<T>(this BlobContainerClient container, string name, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            var content = await container.GetBlobClient(name).DownloadContentAsync(cancellationToken);
            return content.Value.Content.ToObjectFromJson<T>(WireJson.Options);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
    }

    public static async Task WriteJsonAsync<T>(this BlobContainerClient container, string name, T value, CancellationToken cancellationToken)
    {
        var content = BinaryData.FromObjectAsJson(value, WireJson.Options);
        await container.GetBlobClient(name).UploadAsync(content, new BlobUploadOptions { HttpHeaders = Json }, cancellationToken);
    }
}
