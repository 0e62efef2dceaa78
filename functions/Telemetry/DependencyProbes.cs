using Azure;
using Azure.Security.KeyVault.Secrets;
using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Telemetry;

/// <summary>What is asked of each service: something cheap that needs the very permission that the app needs.</summary>
internal static class DependencyProbes
{
    public static IServiceCollection AddReadiness(this IServiceCollection services) => services
        .AddSingleton(provider => new DependencyProbe("storage", IsVital: true, stop => StorageAsync(provider, stop)))
        .AddSingleton(provider => new DependencyProbe("search", IsVital: false, stop => SearchAsync(provider, stop)))
        .AddSingleton(provider => new DependencyProbe("vault", IsVital: false, stop => VaultAsync(provider, stop)))
        .AddSingleton(provider => new DependencyProbe("worker", IsVital: false, stop => WorkerAsync(provider, stop)))
        .AddSingleton<ReadinessChecks>()
        .AddSingleton(new PublicPath("/health/ready"));

    private static async Task StorageAsync(IServiceProvider services, CancellationToken stop) =>
        await services.GetRequiredService<BlobServiceClient>().GetBlobContainerClient("config").ExistsAsync(stop).ConfigureAwait(false);

    private static async Task SearchAsync(IServiceProvider services, CancellationToken stop)
    {
        await foreach (var _ in services.GetRequiredService<SearchClients>().Indexes.GetIndexNamesAsync(stop).ConfigureAwait(false)) return;
    }

    private static async Task VaultAsync(IServiceProvider services, CancellationToken stop)
    {
        try
        {
            await services.GetRequiredService<SecretClient>().GetSecretAsync(OperatorKey.SecretName, cancellationToken: stop).ConfigureAwait(false);
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            // A vault that says so works.
        }
    }

    private static async Task WorkerAsync(IServiceProvider services, CancellationToken stop)
    {
        var at = services.GetRequiredService<GatewayOptions>().GpuWorkerBaseUrl;
        using var client = services.GetRequiredService<IHttpClientFactory>().CreateClient(UpstreamHttp.ClientName);
        using var response = await client.GetAsync(new Uri(at.AbsoluteUri.TrimEnd('/') + "/health/ready"), HttpCompletionOption.ResponseHeadersRead, stop).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
    }
}
