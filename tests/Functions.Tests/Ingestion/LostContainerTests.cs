using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.Events;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion;

/// <summary>A container or queue is deleted while the app runs: the next write makes it anew, where each instance would refuse until it is started again.</summary>
[Collection(AzureCollection.Name)]
public sealed class LostContainerTests(AzureServices azure) : IAsyncLifetime
{
    private readonly IngestionHarness _app = new(azure);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("status")]
    [InlineData("extracted")]
    [InlineData("manifests")]
    [InlineData("pipeline")]
    public async Task Container_Deleted_IsMadeAnewByTheNextDocument(string container)
    {
        await _app.IngestAsync("a.txt", "One.");
        await _app.Get<BlobServiceClient>().DeleteBlobContainerAsync(container);

        await _app.IngestAsync("b.txt", "Two.");

        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync("b.txt"))!.State);
        Assert.Contains(await _app.IndexedAsync(), chunk => chunk.Text == "Two.");
    }

    [Fact]
    public async Task Queue_Deleted_IsMadeAnewByTheNextEvent()
    {
        var queue = _app.Get<DocumentEventQueue>();
        await queue.SendAsync(new DocumentEvent(DocumentEventKind.Refresh, _app.Name("a.txt")), default);
        await _app.Get<QueueServiceClient>().DeleteQueueAsync(DocumentEventQueue.QueueName);

        await queue.SendAsync(new DocumentEvent(DocumentEventKind.Refresh, _app.Name("b.txt")), default);

        Assert.Single(await _app.TakeQueuedAsync());
    }
}
