using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Security.KeyVault.Secrets;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Serverless.Functions.Hosting;

/// <summary>The Azure clients that every room shares.</summary>
internal static class AzureClients
{
    /// <exception cref="InvalidOperationException">A setting is missing or wrong; the message names it.</exception>
    public static IServiceCollection AddAzureClients(this IServiceCollection services, IConfiguration configuration)
    {
        var vault = Url(configuration, "KeyVault:Uri") ?? throw new InvalidOperationException("Setting 'KeyVault:Uri' must be the https URL of the key vault.");
        var storage = configuration["Storage"];
        var blobUri = Url(configuration, "Storage:blobServiceUri");
        if (string.IsNullOrEmpty(storage) && blobUri is null)
            throw new InvalidOperationException("Setting 'Storage' must be a storage connection string, or 'Storage:blobServiceUri' the https URL of the blob service.");

        services.TryAddSingleton<TokenCredential>(_ => new DefaultAzureCredential());
        services.TryAddSingleton(provider =>
        {
            var options = WithTransport(provider, new BlobClientOptions());
            return string.IsNullOrEmpty(storage)
                ? new BlobServiceClient(blobUri, provider.GetRequiredService<TokenCredential>(), options)
                : new BlobServiceClient(storage, options);
        });
        services.TryAddSingleton(provider => new SecretClient(vault, provider.GetRequiredService<TokenCredential>(), WithTransport(provider, new SecretClientOptions())));
        return services;
    }

    /// <summary>Applies the transport that the host registered, if it did.</summary>
    public static T WithTransport<T>(IServiceProvider provider, T options)
        where T : ClientOptions
    {
        if (provider.GetService<HttpPipelineTransport>() is { } transport) options.Transport = transport;
        // The SDK's own logging and tracing would write URLs with names of documents in them.
        options.Diagnostics.IsLoggingContentEnabled = false;
        return options;
    }

    private static Uri? Url(IConfiguration configuration, string key)
    {
        var value = configuration[key];
        if (string.IsNullOrEmpty(value)) return null;
        return Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps
            ? uri
            : throw new InvalidOperationException($"Setting '{key}' must be an absolute https URL.");
    }
}
