using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Search.Documents;
using Azure.Search.Documents.Models;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Queues;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.Batches;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Events;
using Serverless.Functions.Ingestion.Notices;
using Serverless.Functions.Ingestion.Reconcile;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Ingestion.Transfers;
using Serverless.Functions.Providers;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Tests.Ingestion.Support;

/// <summary>The app's ingestion over real SDK clients, a fake model and a durable host; one collection for one test.</summary>
internal sealed class IngestionHarness : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly StatusRecorder _recorder = new();

    /// <param name="outbound">Takes the place of the network for what is not an Azure client of the app's own.</param>
    /// <param name="again">Another instance of the app over what one before it left.</param>
    public IngestionHarness(
        AzureServices azure, Dictionary<string, string?>? settings = null, bool isWhole = true, TimeProvider? time = null, (string Collection, string Route, LexicalGateway Gateway)? again = null,
        HttpMessageHandler? outbound = null)
    {
        Collection = again?.Collection ?? "c" + Guid.NewGuid().ToString("N")[..12];
        Route = again?.Route ?? "e" + Guid.NewGuid().ToString("N")[..12];
        Gateway = again?.Gateway ?? new LexicalGateway();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["DocumentStorage"] = azure.Storage,
            ["Search:Endpoint"] = "https://test.search.windows.net",
            ["Ingestion:DefaultEmbeddingsRoute"] = Route,
            ["Ingestion:ChunkTokens"] = "16",
            ["Ingestion:EmbedBatch"] = "2",
            ["Ingestion:ChunksPerStep"] = "2",
            ["Ingestion:WholeDocumentBytes"] = isWhole ? "100000" : "0",
        }).AddInMemoryCollection(settings ?? []).Build();
        Transport = new WatchedTransport(azure.Transport);
        var services = new ServiceCollection();
        services.AddHttpClient(UpstreamHttp.ClientName).ConfigurePrimaryHttpMessageHandler(() => outbound ?? new SocketsHttpHandler { AllowAutoRedirect = false });
        _services = services
            .AddLogging()
            .AddSingleton(time ?? TimeProvider.System)
            .AddSingleton(GatewayOptions.From(configuration))
            .AddSingleton<OutboundHosts>()
            .AddSingleton<UpstreamHttp>()
            .AddSingleton<ISecretVault, MemoryVault>()
            .AddSingleton<SecretCache>()
            .AddSingleton<NoticeActivities>()
            .AddSingleton<NoticeFunctions>()
            .AddSingleton<TokenCredential>(azure.Credential)
            .AddSingleton<HttpPipelineTransport>(Transport)
            .AddSingleton<IGateway>(Gateway)
            .AddSingleton<IRerankRoutes>(Reranker)
            .AddIngestion(configuration)
            .AddRetrieval(configuration)
            .AddSingleton<IStatusWatcher>(_recorder)
            .AddSingleton<BatchActivities>()
            .AddSingleton<DocumentEventFunctions>()
            .AddSingleton<DocumentFunctions>()
            .AddSingleton<CollectionFunctions>()
            .AddSingleton<ReconcileActivities>()
            .AddSingleton<ReconcileFunctions>()
            .AddSingleton<SearchFunction>()
            .AddSingleton<TransferActivities>()
            .AddSingleton<ImportFunctions>()
            .AddSingleton<ExportFunctions>()
            .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });
        Durable = new InMemoryDurable([_services.GetRequiredService<DocumentActivities>(), _services.GetRequiredService<BatchActivities>()]) { Time = time ?? TimeProvider.System };
        Client = Durable;
        Documents = _services.GetRequiredService<BlobServiceClient>().GetBlobContainerClient("documents");
    }

    public string Collection { get; }

    public string Route { get; }

    public LexicalGateway Gateway { get; }

    public ScriptedReranker Reranker { get; } = new();

    public InMemoryDurable Durable { get; }

    /// <summary>What all clients send through.</summary>
    public WatchedTransport Transport { get; }

    /// <summary>Where events go: the in-memory host unless a test sets another.</summary>
    public DurableTaskClient Client { get; set; }

    public BlobContainerClient Documents { get; }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>Every change of a document's status, in order.</summary>
    public IReadOnlyCollection<(DocumentName Document, DocumentStatus? Before, DocumentStatus? After)> Watched => _recorder.Changes;

    public DocumentName Name(string path) => new(Collection, path);

    public async Task<string> PutBlobAsync(string path, string text) => await PutBlobAsync(path, BinaryData.FromString(text));

    /// <returns>The event that Event Grid would send.</returns>
    public async Task<string> PutBlobAsync(string path, BinaryData content)
    {
        await Get<IngestionContainers>().EnsureCreatedAsync(default);
        var uploaded = await Documents.GetBlobClient($"{Collection}/{path}").UploadAsync(content, overwrite: true);
        return Event("Microsoft.Storage.BlobCreated", path, uploaded.Value.ETag.ToString().Trim('"'));
    }

    /// <returns>The event that Event Grid would send.</returns>
    public async Task<string> DeleteBlobAsync(string path)
    {
        await Documents.GetBlobClient($"{Collection}/{path}").DeleteAsync();
        return Event("Microsoft.Storage.BlobDeleted", path, null);
    }

    public string Event(string type, string path, string? etag) => JsonSerializer.Serialize(new
    {
        topic = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a",
        subject = $"/blobServices/default/containers/documents/blobs/{Collection}/{path}",
        eventType = type,
        eventTime = "2026-01-01T00:00:00Z",
        id = Guid.NewGuid(),
        data = new { api = "PutBlob", eTag = etag, contentType = "text/plain", blobType = "BlockBlob" },
        dataVersion = "",
        metadataVersion = "1",
    });

    public Task SendAsync(string message) => Get<DocumentEventFunctions>().ReceiveAsync(message, Client, CancellationToken.None);

    /// <summary>Events that come together: in one message, so that it is certain.</summary>
    public Task SendTogetherAsync(IEnumerable<string> messages) => SendAsync($"[{string.Join(',', messages)}]");

    /// <summary>Uploads, delivers the event, runs the orchestration.</summary>
    public async Task IngestAsync(string path, string text)
    {
        await SendAsync(await PutBlobAsync(path, text));
        await Durable.RunAsync();
    }

    /// <summary>The events of this collection that the app has put on the queue, which all tests share, taken off it.</summary>
    public async Task<List<string>> TakeQueuedAsync()
    {
        var queue = Get<QueueServiceClient>().GetQueueClient(DocumentEventQueue.QueueName);
        await queue.CreateIfNotExistsAsync();
        var messages = new List<string>();
        while ((await queue.ReceiveMessagesAsync(32)).Value is { Length: > 0 } received)
        {
            foreach (var message in received)
            {
                if (message.Body.ToString().Contains(Collection, StringComparison.Ordinal)) messages.Add(message.Body.ToString());
                await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
            }
        }

        return messages;
    }

    /// <summary>Delivers what the app has put on the queue, and what comes of that, and runs the orchestrations.</summary>
    public async Task DeliverQueuedAsync()
    {
        while (await TakeQueuedAsync() is { Count: > 0 } messages)
        {
            foreach (var message in messages) await SendAsync(message);
        }

        await Durable.RunAsync();
    }

    public Task<DocumentStatus?> StatusAsync(string path) => Get<StatusStore>().FindAsync(Name(path), CancellationToken.None);

    /// <summary>Everything that the index holds of the collection, by document and place.</summary>
    public Task<List<(string Document, string Text, int Start, int End)>> IndexedAsync(string? route = null) => IndexedInAsync(IndexName.For(route ?? Route));

    /// <inheritdoc cref="IndexedAsync"/>
    public async Task<List<(string Document, string Text, int Start, int End)>> IndexedInAsync(string index)
    {
        var options = new SearchOptions { Filter = SearchFilter.Create($"collection eq {Collection}"), OrderBy = { "ordinal asc" }, Size = 1000 };
        var found = new List<(string Document, string Text, int Start, int End)>();
        try
        {
            var response = await Get<SearchClients>().Chunks(index).SearchAsync<SearchDocument>("*", options);
            await foreach (var result in response.Value.GetResultsAsync())
            {
                var document = result.Document;
                found.Add((document.GetString("document"), document.GetString("text"), document.GetInt32("start")!.Value, document.GetInt32("end")!.Value));
            }
        }
        catch (Azure.RequestFailedException failure) when (failure.Status == 404)
        {
        }

        return [.. found.OrderBy(item => item.Document, StringComparer.Ordinal).ThenBy(item => item.Start)];
    }

    public async Task<List<string>> IntermediateBlobsAsync(string path)
    {
        var names = new List<string>();
        await foreach (var blob in Get<IngestionContainers>().Pipeline.GetBlobsAsync(new GetBlobsOptions { Prefix = Name(path).Key })) names.Add(blob.Name);
        return names;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
