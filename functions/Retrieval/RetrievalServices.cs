using Azure.Core;
using Azure.Identity;
using Azure.Search.Documents;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Retrieval.Context;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Retrieval.Reranking;

namespace Serverless.Functions.Retrieval;

/// <summary>Registers retrieval: the index, hybrid search and the planner of answers.</summary>
public static class RetrievalServices
{
    /// <summary>
    /// Needs an <see cref="IGateway"/>, an <see cref="IRerankRoutes"/> and <c>AddIngestion</c>; takes a registered TokenCredential, HttpPipelineTransport and TimeProvider
    /// where there is one.
    /// </summary>
    public static IServiceCollection AddRetrieval(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddOptions<ChunkIndexOptions>().Bind(configuration.GetSection(ChunkIndexOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ChunkIndexOptions>, ChunkIndexOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.TryAddSingleton<GatewayMetrics>();
        services.TryAddSingleton(provider => new SearchClients(
            provider.GetRequiredService<IOptions<ChunkIndexOptions>>(),
            () => provider.GetService<TokenCredential>() ?? new DefaultAzureCredential(),
            AzureClients.WithTransport(provider, new SearchClientOptions())));
        services.TryAddSingleton<ChunkIndexes>();
        services.TryAddSingleton<ChunkWriter>();
        services.TryAddSingleton<ChunkSearch>();
        services.TryAddSingleton<ChunkVectors>();
        services.TryAddSingleton<ChunkReader>();
        services.TryAddSingleton<PassageReranking>();
        services.TryAddSingleton<PassageWidening>();
        services.TryAddSingleton(provider => ActivatorUtilities.CreateInstance<Retriever>(
            provider, new Lazy<IGateway>(provider.GetRequiredService<IGateway>)));
        services.TryAddSingleton(provider => ActivatorUtilities.CreateInstance<AnswerPlanner>(
            provider, new Lazy<IGateway>(provider.GetRequiredService<IGateway>)));
        services.TryAddSingleton<IAnswerPlanner>(provider => provider.GetRequiredService<AnswerPlanner>());
        return services;
    }
}
