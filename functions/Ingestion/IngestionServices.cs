using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Serverless.Documents;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.Access;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Events;
using Serverless.Functions.Ingestion.Generations;
using Serverless.Functions.Ingestion.Notices;
using Serverless.Functions.Ingestion.Ocr;
using Serverless.Functions.Ingestion.Progress;
using Serverless.Functions.Ingestion.Reconcile;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Ingestion.Steps;
using Serverless.Functions.Ingestion.Transfers;
using Serverless.Functions.Ingestion.Transfers.Exports;
using Serverless.Functions.Ingestion.Transfers.Imports;
using Serverless.Functions.Ingestion.Transfers.Restores;
using Serverless.Functions.Ingestion.Vectors;
using Serverless.Functions.Retrieval.Index;

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

        services.TryAddSingleton(_ => new DocumentReaders(StandardReaders.All));
        services.TryAddSingleton(provider => BoundedReading(provider.GetRequiredService<IOptions<IngestionOptions>>().Value, provider));
        services.TryAddSingleton(provider => ActivatorUtilities.CreateInstance<DocumentIntelligence>(
            provider, AzureClients.WithTransport(provider, new DocumentIntelligenceClientOptions()), () => provider.GetService<TokenCredential>() ?? new DefaultAzureCredential()));

        services.TryAddSingleton<IngestionContainers>();
        services.TryAddSingleton<ProgressPush>();
        services.AddSingleton<IStatusWatcher>(provider => provider.GetRequiredService<ProgressPush>());
        services.TryAddSingleton<CollectionProgress>();
        services.TryAddSingleton<StatusStore>();
        services.TryAddSingleton<ManifestStore>();
        services.TryAddSingleton<PipelineStore>();
        services.TryAddSingleton<DocumentBlobs>();
        services.TryAddSingleton<DocumentUploads>();
        services.TryAddSingleton<RecentVectors>();
        services.TryAddSingleton<RetiredVectors>();
        services.TryAddSingleton<ChunkEmbedder>();
        services.TryAddSingleton<AccessResolver>();
        services.TryAddSingleton<CollectionStore>();
        services.TryAddSingleton<DocumentInbox>();
        services.TryAddSingleton<DocumentActivities>();
        services.TryAddSingleton<DocumentEventQueue>();
        services.TryAddSingleton<MessageLease>();
        services.TryAddSingleton<CollectionRefresh>();

        services.TryAddSingleton<ChunkCensus>();
        services.TryAddSingleton<DocumentSweep>();
        services.TryAddSingleton<IndexSweep>();
        services.TryAddSingleton<LeftoverSweep>();
        services.TryAddSingleton<ReconcileStore>();
        services.TryAddSingleton<ReconcileStep>();
        services.TryAddSingleton<ReconcileStart>();
        services.TryAddSingleton<DocumentEventBacklog>();
        services.TryAddSingleton<ReconcileHealth>();

        services.TryAddSingleton(NoticeOptions.From(configuration));
        services.TryAddSingleton<NoticeQueue>();
        services.TryAddSingleton<WebhookSettings>();
        services.TryAddSingleton<WebhookSender>();
        services.TryAddSingleton<EventGridSender>();

        services.TryAddSingleton<GenerationStore>();
        services.TryAddSingleton(provider => ActivatorUtilities.CreateInstance<GenerationPlanner>(provider, new Lazy<IGateway>(provider.GetRequiredService<IGateway>)));
        services.TryAddSingleton<GenerationStart>();
        services.TryAddSingleton<GenerationStep>();
        services.TryAddSingleton<BuildCensus>();

        services.TryAddSingleton<TransferStore>();
        services.TryAddSingleton<TransferStart>();
        services.TryAddSingleton<ImportSources>();
        services.TryAddSingleton<BlobImport>();
        services.TryAddSingleton<ImportStep>();
        services.TryAddSingleton<ExportBlobs>();
        services.TryAddSingleton<ExportStep>();
        services.TryAddSingleton<RestoredVectors>();
        services.TryAddSingleton<RestoreStep>();

        services.TryAddSingleton<StepGuard>();
        services.TryAddSingleton<PassPlanner>();
        services.TryAddSingleton<SucceedStep>();
        services.TryAddSingleton<BuildStep>();
        services.TryAddSingleton<BeginStep>();
        services.TryAddSingleton<ExtractStep>();
        services.TryAddSingleton<ChunkStep>();
        services.TryAddSingleton<EmbedStep>();
        services.TryAddSingleton<IndexStep>();
        services.TryAddSingleton<PublishStep>();
        services.TryAddSingleton<EndStep>();
        services.TryAddSingleton<WholeDocumentStep>();
        return services;
    }

    private static BoundedReading BoundedReading(IngestionOptions options, IServiceProvider provider) =>
        new(provider.GetRequiredService<DocumentReaders>(), options.ReadingLimits, options.ReadParallelism, provider.GetRequiredService<TimeProvider>());
}
