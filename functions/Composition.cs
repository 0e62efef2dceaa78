using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Serverless.Functions.Auditing;
using Serverless.Functions.Batches;
using Serverless.Functions.Caching;
using Serverless.Functions.Clients;
using Serverless.Functions.Description;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Evaluation;
using Serverless.Functions.Guards;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Limits;
using Serverless.Functions.Mcp;
using Serverless.Functions.Providers;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Routes;
using Serverless.Functions.Secrets;
using Serverless.Functions.Streaming;
using Serverless.Functions.Telemetry;
using Serverless.Functions.WebChat;

namespace Serverless.Functions;

/// <summary>What the app is made of. Program.cs calls it in Azure, local/ on one machine.</summary>
public static class Composition
{
    /// <summary>
    /// Registers every room of the app. A TokenCredential, an HttpPipelineTransport (Azure.Core) or a TimeProvider registered before
    /// this call is used in place of DefaultAzureCredential, the default transport and the system clock.
    /// </summary>
    /// <exception cref="InvalidOperationException">A setting is missing or out of range; the message names the key and what is permitted.</exception>
    public static IFunctionsWorkerApplicationBuilder AddServerless(this IFunctionsWorkerApplicationBuilder builder, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configuration);
        builder.Services
            .AddSingleton(GatewayOptions.From(configuration))
            .AddSingleton(HistoryOptions.From(configuration))
            .AddAzureClients(configuration)
            .AddProviders()
            .AddLimits(configuration)
            .AddGuards(configuration)
            .AddResponseCache(configuration)
            .AddGateway()
            .AddTelemetry(configuration)
            .AddEntra(configuration)
            .AddDescription()
            .AddWebChat(configuration)
            .AddIngestion(configuration)
            .AddRetrieval(configuration)
            .AddStreaming(configuration)
            .AddEvaluation()
            .AddBatches(configuration)
            .AddMcp(configuration)
            .AddSingleton<AuditLog>()
            .AddSingleton<AuditReader>()
            .AddSingleton(CrossOrigin.From(configuration));

        // Middleware also runs in orchestrators, where it must not await.
        builder.Services.TryAddSingleton<MessageLeaseMiddleware>();
        builder.Use(next => context => context.GetHttpContext() is null ? context.InstanceServices.GetRequiredService<MessageLeaseMiddleware>().Invoke(context, next) : next(context));

        // Errors outside, authentication inside; HTTP functions only.
        return builder.UseForHttp<CrossOriginMiddleware>().UseForHttp<HttpMiddleware>().UseForHttp<LimitMiddleware>().UseForHttp<AuthenticationMiddleware>().UseForHttp<AuditMiddleware>();
    }

    /// <summary>As the SDK's <c>UseWhen</c>, without a task of its own around each middleware of each request.</summary>
    private static IFunctionsWorkerApplicationBuilder UseForHttp<T>(this IFunctionsWorkerApplicationBuilder builder)
        where T : class, IFunctionsWorkerMiddleware
    {
        builder.Services.TryAddSingleton<T>();
        return builder.Use(next => context => context.GetHttpContext() is null ? next(context) : context.InstanceServices.GetRequiredService<T>().Invoke(context, next));
    }

    private static IServiceCollection AddProviders(this IServiceCollection services)
    {
        services.AddSingleton<OutboundHosts>();
        services.AddHttpClient(UpstreamHttp.ClientName, client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(provider => new SocketsHttpHandler
            {
                UseProxy = false,
                AllowAutoRedirect = false,
                // UpstreamHttp says itself what a provider is told of the trace.
                ActivityHeadersPropagator = null,
                UseCookies = false,
                ConnectTimeout = provider.GetRequiredService<GatewayOptions>().UpstreamConnect,
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                MaxResponseHeadersLength = 64,
                ConnectCallback = (context, stop) => UpstreamHttp.ConnectAsync(
                    context.InitialRequestMessage, inner => provider.GetRequiredService<OutboundHosts>().ConnectAsync(context.DnsEndPoint, inner), provider.GetRequiredService<TimeProvider>(), stop),
            })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers();
        return services
            .AddSingleton<UpstreamHttp>()
            .AddSingleton<IProvider, GpuWorkerProvider>()
            .AddSingleton<IProvider, MosaicMlProvider>()
            .AddSingleton<IProvider, OpenAiProvider>()
            .AddSingleton<IProvider, AzureOpenAiProvider>()
            .AddSingleton<IProvider, AnthropicProvider>()
            .AddSingleton<IProvider, CohereProvider>()
            .AddSingleton<IProvider, DatabricksProvider>()
            .AddSingleton<IProvider, MlflowProvider>()
            .AddSingleton<IProvider, HuggingFaceProvider>()
            .AddSingleton<IProvider>(provider => new Ai21Provider(provider.GetRequiredService<UpstreamHttp>(), "ai21"))
            .AddSingleton<IProvider>(provider => new Ai21Provider(provider.GetRequiredService<UpstreamHttp>(), "ai21labs"))
            .AddSingleton<IProvider, GeminiProvider>()
            .AddSingleton<IProvider, BedrockProvider>()
            .AddSingleton<IProvider, ChatClientProvider>()
            .AddSingleton<ProviderCatalog>();
    }

    private static IServiceCollection AddGateway(this IServiceCollection services)
    {
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddSingleton(new PublicPath("/health"))
            .AddSingleton<ConfigStore>()
            .AddSingleton<ISecretVault, KeyVaultSecrets>()
            .AddSingleton<SecretCache>()
            .AddSingleton<RouteIndexBlobs>()
            .AddSingleton<RouteIndexRepair>()
            .AddSingleton<RouteIndex>()
            .AddSingleton<RouteStore>()
            .AddSingleton<RouteReader>()
            .AddSingleton<RouteCatalog>()
            .AddSingleton<ClientShards>()
            .AddSingleton<ClientStore>()
            .AddSingleton<ClientReader>()
            .AddSingleton<OperatorKey>()
            .AddSingleton<Authenticator>()
            .AddSingleton<RouteTargets>()
            .AddSingleton<TargetHealth>()
            .AddSingleton<RetryBudget>()
            .AddSingleton<FirstTokenTimes>()
            .AddSingleton<TargetCalls>()
            .AddSingleton<TargetProbes>()
            .AddSingleton<UpstreamCalls>()
            .AddSingleton<IRerankRoutes, RerankRoutes>()
            .AddSingleton<RoutedReadings>()
            .AddSingleton<PromptCounts>()
            .AddSingleton<RoutedEmbeddings>()
            .AddSingleton<Gateway>()
            .AddSingleton<WholeAnswers>()
            .AddSingleton<IGateway>(provider => provider.GetRequiredService<Gateway>());
    }
}
