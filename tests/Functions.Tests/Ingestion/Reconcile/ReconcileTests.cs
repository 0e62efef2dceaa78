using System.Text.Json;
using Azure.Storage.Blobs.Models;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.Reconcile;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion.Reconcile;

/// <summary>Each kind of drift, made as it comes about, and mended by a run and the passes that it asks for.</summary>
[Collection(AzureCollection.Name)]
public sealed class ReconcileTests(AzureServices azure) : IAsyncLifetime
{
    private static readonly Caller Operator = new("operator", ["*"], IsOperator: true);

    private readonly IngestionHarness _app = new(azure, new() { ["Ingestion:ReconcileGraceSeconds"] = "0", ["Ingestion:ReconcileStuckMinutes"] = "1" });

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Run_NothingWrong_TellsNobodyAndAsksForNoDocument()
    {
        await _app.IngestAsync("a.txt", "One.");
        await _app.IngestAsync("b.txt", "Two.");
        var run = await RunAsync();
        Assert.Equal((0, 2, 2L, ReconcileRun.Completed), (run.Drifted, run.Counts.Documents, run.Counts.Expected, run.State));
        Assert.Empty(await _app.TakeQueuedAsync());
        // Counted together, not one by one.
        Assert.Equal(0, run.Counts.Seen);
        Assert.Equal(2, (await RunAsync(deep: true)).Counts.Seen);
    }

    [Fact]
    public async Task Run_IndexDeleted_HasItsDocumentsIngestedAgain()
    {
        await _app.IngestAsync("a.txt", "One.");
        await _app.IngestAsync("b.txt", "Two.");
        await _app.Get<SearchClients>().Indexes.DeleteIndexAsync(IndexName.For(_app.Route));
        Assert.Equal(2, (await RunAsync()).Counts.ChunksMissing);
        await _app.DeliverQueuedAsync();
        Assert.Equal(["One.", "Two."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
        Assert.Equal(0, (await RunAsync(deep: true)).Drifted);
    }

    [Fact]
    public async Task Run_OneChunkLost_HasOnlyItsDocumentIngestedAgain()
    {
        await _app.IngestAsync("a.md", "# A\n\nOne.\n\n# B\n\nTwo.\n");
        await _app.IngestAsync("b.txt", "Three.");
        var (manifest, _) = await _app.Get<ManifestStore>().ReadAsync(_app.Name("a.md"), 0, default);
        await _app.Get<ChunkWriter>().DeleteAsync(manifest.Index!, [manifest.All.First().Id], default);
        Assert.Equal(1, (await RunAsync()).Counts.ChunksMissing);
        await _app.DeliverQueuedAsync();
        Assert.Equal(["One.", "Two.", "Three."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
        Assert.Equal(5, _app.Gateway.Embedded.Count);
    }

    /// <summary>The blob store is gone and everything in it; search still finds the documents.</summary>
    [Fact]
    public async Task Run_BlobStoreDeleted_TakesItsChunksOutOfTheIndex()
    {
        await _app.IngestAsync("a.txt", "One.");
        await _app.IngestAsync("b.txt", "Two.");
        await ForgetAsync("a.txt", "b.txt");
        Assert.Equal(2, (await _app.IndexedAsync()).Count);
        Assert.Equal(2, (await RunAsync()).Counts.ChunksOrphaned);
        await _app.DeliverQueuedAsync();
        Assert.Empty(await _app.IndexedAsync());
        Assert.Null(await _app.StatusAsync("a.txt"));
        Assert.Equal(0, (await RunAsync(deep: true)).Drifted);
    }

    [Fact]
    public async Task Run_DocumentComesBackWhileItsChunksAreOrphans_KeepsIt()
    {
        await _app.IngestAsync("a.txt", "One.");
        await ForgetAsync("a.txt");
        Assert.Equal(1, (await RunAsync()).Counts.ChunksOrphaned);
        // Between the look and the mending.
        await _app.IngestAsync("a.txt", "One.");
        await _app.DeliverQueuedAsync();
        Assert.Equal(["One."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync("a.txt"))!.State);
    }

    [Fact]
    public async Task Run_EventsLost_FollowsTheBlobs()
    {
        await _app.IngestAsync("changed.txt", "Before.");
        await _app.IngestAsync("gone.txt", "Gone.");
        await _app.IngestAsync("closed.txt", "Closed.");
        await _app.PutBlobAsync("changed.txt", "After.");
        await _app.PutBlobAsync("new.txt", "New.");
        await _app.PutBlobAsync("closed.txt.acl.json", """{"groups":["staff"]}""");
        await _app.DeleteBlobAsync("gone.txt");
        var counts = (await RunAsync()).Counts;
        Assert.Equal((1, 1, 1, 1), (counts.Outdated, counts.Unqueued, counts.BlobGone, counts.AccessOutdated));
        await _app.DeliverQueuedAsync();
        Assert.Equal(["After.", "Closed.", "New."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
        Assert.Equal(["staff"], (await _app.StatusAsync("closed.txt"))!.Access!.Groups);
        var after = await RunAsync(deep: true);
        // Storage dates to the second, so an access file of this very second is looked at again.
        Assert.True(after.Drifted - after.Counts.AccessOutdated == 0, $"{after.Counts}");
    }

    [Fact]
    public async Task Run_TextsMissingAndOrphaned_AreMadeAndWithdrawn()
    {
        await _app.IngestAsync("a.txt", "One.");
        await _app.Get<DocumentBlobs>().WithdrawTextAsync(_app.Name("a.txt"), default);
        await _app.Get<DocumentBlobs>().PublishTextAsync(_app.Name("never.txt"), "Nobody's.", default);
        var counts = (await RunAsync()).Counts;
        Assert.Equal((1, 1), (counts.TextMissing, counts.TextOrphaned));
        await _app.DeliverQueuedAsync();
        Assert.Equal("One.", await _app.Get<DocumentBlobs>().FindTextAsync(_app.Name("a.txt"), default));
        Assert.Null(await _app.Get<DocumentBlobs>().FindTextAsync(_app.Name("never.txt"), default));
    }

    [Fact]
    public async Task Run_ChunksOfNoManifest_AreDroppedFromALiveDocument()
    {
        await _app.IngestAsync("a.txt", "One.");
        var key = _app.Name("a.txt").Key;
        var stray = new IndexedChunk
        {
            Id = $"{key}-stray-0",
            Collection = _app.Collection,
            Document = "a.txt",
            DocumentKey = key,
            Start = 0,
            End = 1,
            Ordinal = 9,
            Tokens = 1,
            Text = "Stray.",
            Embedding = LexicalGateway.VectorOf("stray", 64),
        };
        await _app.Get<ChunkWriter>().UploadAsync(IndexName.For(_app.Route), [stray], default);
        Assert.Equal(1, (await RunAsync()).Counts.ChunksOrphaned);
        await _app.DeliverQueuedAsync();
        Assert.Equal(["One."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
    }

    /// <summary>The Durable state was lost or damaged: a document waits for a pass that will not come.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_PassLost_BeginsAnother(bool instanceIsLeft)
    {
        await _app.SendAsync(await _app.PutBlobAsync("a.txt", "One."));
        if (!instanceIsLeft) _app.Durable.Instances.Clear();
        Assert.Equal(DocumentState.Queued, (await _app.StatusAsync("a.txt"))!.State);
        Assert.Equal(0, (await RunAsync()).Drifted);
        await AgeAsync("a.txt");
        Assert.Equal(1, (await RunAsync()).Counts.Stuck);
        await _app.DeliverQueuedAsync();
        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync("a.txt"))!.State);
    }

    [Fact]
    public async Task Start_OverHttp_IsAnsweredWithTheRunAndShownAfter()
    {
        await _app.IngestAsync("a.txt", "One.");
        var durable = new InMemoryDurable(_app.Get<ReconcileActivities>(), ReconcileOrchestrator.RunAsync);
        var functions = _app.Get<ReconcileFunctions>();
        var started = await AnswerAsync(request => functions.StartAsync(request, durable), 202);
        Assert.Equal("running", started.GetProperty("state").GetString());
        var again = await AnswerAsync(request => functions.StartAsync(request, durable), 202);
        Assert.Equal(started.GetProperty("id").GetString(), again.GetProperty("id").GetString());
        await durable.RunAsync();
        var ended = await AnswerAsync(functions.GetAsync, 200);
        Assert.Equal((started.GetProperty("id").GetString(), "completed", 0), (ended.GetProperty("id").GetString(), ended.GetProperty("state").GetString(), ended.GetProperty("drifted").GetInt32()));
    }

    [Fact]
    public async Task Start_ByWhoIsNoOperator_IsRefused()
    {
        await _app.IngestAsync("a.txt", "One.");
        var reader = new Caller("reader", [], IsOperator: false);
        var functions = _app.Get<ReconcileFunctions>();
        Assert.Equal(403, (await Assert.ThrowsAsync<GatewayException>(() => functions.StartAsync(Request(reader), _app.Durable))).Status);
        Assert.Equal(403, (await Assert.ThrowsAsync<GatewayException>(() => functions.GetAsync(Request(reader)))).Status);
        Assert.Equal(403, (await Assert.ThrowsAsync<GatewayException>(() => functions.StartAllAsync(Request(reader), _app.Durable))).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Kill_AtEveryStep_FindsTheSame(bool afterRunning)
    {
        await _app.IngestAsync("a.txt", "One.");
        await _app.IngestAsync("b.txt", "Two.");
        await ForgetAsync("b.txt");
        for (var at = 0; ; at++)
        {
            var (seen, killed) = (0, false);
            var durable = new InMemoryDurable(_app.Get<ReconcileActivities>(), ReconcileOrchestrator.RunAsync)
            {
                Crash = (_, ran) =>
                {
                    if (killed || ran != afterRunning || seen++ != at) return;
                    killed = true;
                    throw new HostKilledException();
                },
            };
            await _app.Get<ReconcileStart>().RunAsync(durable, _app.Collection, deep: true, default);
            try
            {
                await durable.RunAsync();
            }
            catch (HostKilledException)
            {
                await durable.RunAsync();
            }

            var run = await _app.Get<ReconcileStore>().FindAsync(_app.Collection, default);
            Assert.Equal((ReconcileRun.Completed, 1), (run!.State, run.Drifted));
            if (!killed) break;
        }

        await _app.DeliverQueuedAsync();
        Assert.Equal(["One."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
    }

    private async Task<ReconcileRun> RunAsync(bool deep = false)
    {
        var durable = new InMemoryDurable(_app.Get<ReconcileActivities>(), ReconcileOrchestrator.RunAsync);
        await _app.Get<ReconcileStart>().RunAsync(durable, _app.Collection, deep, default);
        await durable.RunAsync();
        return (await _app.Get<ReconcileStore>().FindAsync(_app.Collection, default))!;
    }

    /// <summary>As if storage had never known of them; the index still does.</summary>
    private async Task ForgetAsync(params string[] paths)
    {
        var containers = _app.Get<IngestionContainers>();
        foreach (var path in paths)
        {
            foreach (var container in new[] { containers.Documents, containers.Status, containers.Extracted }) await container.DeleteBlobIfExistsAsync(_app.Name(path).BlobName);
            await containers.Manifests.DeleteBlobIfExistsAsync(_app.Name(path).Key);
        }
    }

    private async Task AgeAsync(string path)
    {
        var blob = _app.Get<IngestionContainers>().Status.GetBlobClient(_app.Name(path).BlobName);
        var metadata = (await blob.GetPropertiesAsync()).Value.Metadata;
        metadata["updated"] = DateTimeOffset.UtcNow.AddHours(-1).ToString("O");
        await blob.UploadAsync(BinaryData.Empty, new BlobUploadOptions { Metadata = metadata });
    }

    private HttpRequest Request(Caller caller) => DocumentFunctionsTests.RequestTo(_app, caller, null);

    private async Task<JsonElement> AnswerAsync(Func<HttpRequest, Task<Microsoft.AspNetCore.Mvc.IActionResult>> call, int status)
    {
        var request = Request(Operator);
        var body = await DocumentFunctionsTests.ExecuteAsync(request, await call(request));
        Assert.Equal(status, request.HttpContext.Response.StatusCode);
        return JsonDocument.Parse(body).RootElement;
    }
}
