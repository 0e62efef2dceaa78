using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Security.KeyVault.Secrets;
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
        var vault = configuration.HttpsUrl("KeyVault:Uri") ?? throw new InvalidOperationException("Setting 'KeyVault:Uri' must be the https URL of the key vault.");
        services.AddStorage(configuration);
        services.TryAddSingleton(provider => new SecretClient(vault, provider.GetRequiredService<TokenCredential>(), WithTransport(provider, Vault())));
        return services;
    }

    /// <summary>A secret is a small thing: a vault that hangs is found out before who waits for it has left.</summary>
    private static SecretClientOptions Vault()
    {
        var options = new SecretClientOptions();
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(10);
        return options;
    }

    /// <summary>Applies the transport that the host registered, if it did, and how long a service is waited for.</summary>
    public static T WithTransport<T>(IServiceProvider provider, T options)
        where T : ClientOptions
    {
        if (provider.GetService<HttpPipelineTransport>() is { } transport) options.Transport = transport;
        options.RetryPolicy ??= new BoundedRetryPolicy(options.Retry.MaxRetries);
        // The SDK's own logging and tracing would write URLs with names of documents in them.
        options.Diagnostics.IsLoggingContentEnabled = false;
        return options;
    }
}
