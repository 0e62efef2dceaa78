using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Serverless.Functions.Hosting;

/// <summary>
/// Storage by setting <c>DocumentStorage</c>, as the Functions host reads it for its triggers: a connection string, or a section with
/// <c>blobServiceUri</c> and <c>queueServiceUri</c> for the app's identity. It is not called <c>Storage</c>, because for that name the host
/// takes its own <c>AzureWebJobsStorage</c>.
/// </summary>
internal static class StorageClients
{
    /// <exception cref="InvalidOperationException">The setting is missing or wrong; the message names it.</exception>
    public static IServiceCollection AddStorage(this IServiceCollection services, IConfiguration configuration)
    {
        var connection = configuration["DocumentStorage"];
        if (!string.IsNullOrEmpty(connection) && !IsConnection(connection)) throw Wrong("blob");
        var (blobs, queues) = string.IsNullOrEmpty(connection) ? (Service(configuration, "blob"), Service(configuration, "queue")) : (null, null);
        services.TryAddSingleton<TokenCredential>(_ => new DefaultAzureCredential());
        services.TryAddSingleton(provider =>
        {
            var lost = new LostContainerPolicy("ContainerNotFound", uri => new BlobUriBuilder(uri).BlobContainerName, Logger(provider));
            var options = AzureClients.WithTransport(provider, new BlobClientOptions());
            options.AddPolicy(lost, HttpPipelinePosition.PerCall);
            var service = blobs is null ? new BlobServiceClient(connection, options) : new BlobServiceClient(blobs, provider.GetRequiredService<TokenCredential>(), options);
            lost.Create = (name, stop) => service.GetBlobContainerClient(name).CreateIfNotExistsAsync(cancellationToken: stop);
            return service;
        });
        services.TryAddSingleton(provider =>
        {
            // The Functions host reads and Event Grid writes base64.
            var options = AzureClients.WithTransport(provider, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });
            var lost = new LostContainerPolicy("QueueNotFound", uri => new QueueUriBuilder(uri).QueueName, Logger(provider));
            options.AddPolicy(lost, HttpPipelinePosition.PerCall);
            var service = queues is null ? new QueueServiceClient(connection, options) : new QueueServiceClient(queues, provider.GetRequiredService<TokenCredential>(), options);
            lost.Create = (name, stop) => service.GetQueueClient(name).CreateIfNotExistsAsync(cancellationToken: stop);
            return service;
        });
        return services;
    }

    private static ILogger Logger(IServiceProvider provider) => provider.GetService<ILogger<LostContainerPolicy>>() ?? NullLogger<LostContainerPolicy>.Instance;

    private static Uri Service(IConfiguration configuration, string service) =>
        configuration.HttpsUrl($"DocumentStorage:{service}ServiceUri")
        ?? throw Wrong(service);

    private static InvalidOperationException Wrong(string service) =>
        new($"Setting 'DocumentStorage' must be a storage connection string, or 'DocumentStorage:{service}ServiceUri' the https URL of the {service} service.");

    /// <summary>What the clients take; they are made at first use, and would name it no setting.</summary>
    private static bool IsConnection(string text)
    {
        try
        {
            _ = new BlobServiceClient(text);
            _ = new QueueServiceClient(text);
            return true;
        }
        catch (Exception wrong) when (wrong is FormatException or ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }
}
