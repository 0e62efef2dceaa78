using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Guards;

internal static class GuardServices
{
    /// <exception cref="InvalidOperationException">A setting is wrong.</exception>
    public static IServiceCollection AddGuards(this IServiceCollection services, IConfiguration configuration)
    {
        var options = ContentSafetyOptions.From(configuration);
        return services
            .AddSingleton(options)
            .AddSingleton(provider => new ContentSafety(
                options, AzureClients.WithTransport(provider, new ContentSafetyClientOptions()), () => provider.GetService<TokenCredential>() ?? new DefaultAzureCredential()))
            .AddSingleton<GuardMetrics>()
            .AddSingleton<RouteGuards>()
            .AddSingleton<ToolGuards>();
    }
}
