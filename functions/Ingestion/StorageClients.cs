using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Ingestion;

/// <summary>
/// Storage by setting <c>Storage</c>, as the Functions host reads it for its triggers: a connection string, or a section with
/// <c>blobServiceUri</c> and <c>queueServiceUri</c> for the app's identity.
/// </summary>
internal static class StorageClients
{
    public const string Setting = "Storage";

    public static BlobServiceClient CreateBlobs(IServiceProvider provider, IConfiguration configuration)
    {
        var options = AzureClients.WithTransport(provider, new BlobClientOptions());
        return configuration[Setting] is { Length: > 0 } connection
            ? new BlobServiceClient(connection, options)
            : new BlobServiceClient(ServiceUri(configuration, "blobServiceUri"), Credential(provider), options);
    }

    public static QueueServiceClient CreateQueues(IServiceProvider provider, IConfiguration configuration)
    {
        // The Functions host reads and Event Grid writes base64.
        var options = AzureClients.WithTransport(provider, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });
        return configuration[Setting] is { Length: > 0 } connection
            ? new QueueServiceClient(connection, options)
            : new QueueServiceClient(ServiceUri(configuration, "queueServiceUri"), Credential(provider), options);
    }

    private static Uri ServiceUri(IConfiguration configuration, string key) =>
        Uri.TryCreate(configuration[$"{Setting}:{key}"], UriKind.Absolute, out var uri)
            ? uri
            : throw new InvalidOperationException($"{Setting} must be a connection string, or {Setting}:{key} an address such as https://name.blob.core.windows.net.");

    private static TokenCredential Credential(IServiceProvider provider) => provider.GetService<TokenCredential>() ?? new DefaultAzureCredential();
}
