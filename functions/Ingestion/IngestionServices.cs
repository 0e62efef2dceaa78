using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Events;
using Serverless.Functions.Ingestion.Readers;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Ingestion.Steps;

namespace Serverless.Functions.Ingestion;

/// <summary>Registers ingestion: events, the orchestration's activities, the readers of formats and the collections.</summary>
public static class IngestionServices
{
    /// <summary>Needs an <see cref="IGateway"/> and <c>AddRetrieval</c>; settings: <c>DocumentStorage</c> and section <c>Ingestion</c>.</summary>
    public static IServiceCollection AddIngestion(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddOptions<IngestionOptions>().Bind(configuration.GetSection(IngestionOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<IngestionOptions>, IngestionOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddStorage(configuration);

        services.TryAddEnumerable(
        [
            ServiceDescriptor.Singleton<IDocumentReader, PlainTextReader>(),
            ServiceDescriptor.Singleton<IDocumentReader, MarkdownReader>(),
            ServiceDescriptor.Singleton<IDocumentReader, HtmlReader>(),
        ]);
        services.TryAddSingleton<DocumentReaders>();

        services.TryAddSingleton<IngestionContainers>();
        services.TryAddSingleton<StatusStore>();
        services.TryAddSingleton<ManifestStore>();
        services.TryAddSingleton<PipelineStore>();
        services.TryAddSingleton<DocumentBlobs>();
        services.TryAddSingleton<CollectionStore>();
        services.TryAddSingleton<DocumentInbox>();
        services.TryAddSingleton<DocumentEventQueue>();
        services.TryAddSingleton<CollectionRefresh>();

        services.TryAddSingleton<StepGuard>();
        services.TryAddSingleton<BeginStep>();
        services.TryAddSingleton<ExtractStep>();
        services.TryAddSingleton<ChunkStep>();
        services.TryAddSingleton<EmbedStep>();
        services.TryAddSingleton<IndexStep>();
        services.TryAddSingleton<PublishStep>();
        services.TryAddSingleton<EndStep>();
        return services;
    }
}
