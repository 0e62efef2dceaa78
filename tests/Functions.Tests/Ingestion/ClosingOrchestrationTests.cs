using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.Batches;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion;

/// <summary>
/// A host that died after a document's last activity leaves its orchestration to be closed down by another, for as long as its lease lasts. Whoever has news of the document
/// meanwhile finds an orchestration that runs, and that will look at nothing more.
/// </summary>
[Collection(AzureCollection.Name)]
public sealed class ClosingOrchestrationTests(AzureServices azure) : IAsyncLifetime
{
    private const string Large = "# A\n\nOne is here.\n\n# B\n\nTwo is here.\n\n# C\n\nThree is here.\n";

    private readonly IngestionHarness _app = new(azure, new() { ["Ingestion:WholeDocumentChunks"] = "2" });

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    private IEnumerable<InMemoryInstance> Batches => _app.Durable.Instances.Values.Where(instance => instance.Name == DocumentBatchOrchestrator.Name);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Event_OfADocumentAtRest_DoesNotWaitForIt(bool delete)
    {
        var closing = await IngestAndLeaveAsync("a.txt");
        await _app.SendAsync(delete ? await _app.DeleteBlobAsync("a.txt") : await _app.PutBlobAsync("a.txt", "The second text."));
        Assert.True(closing.IsLive);
        Assert.Single(Batches);
        await _app.Durable.RunAsync();
        Assert.Equal(delete ? [] : ["The second text."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
        Assert.Equal(delete ? null : DocumentState.Ready, (await _app.StatusAsync("a.txt"))?.State);
    }

    /// <summary>The instance that had noted the event dies before it has begun anything; the event comes again while the document looks as if it were at work.</summary>
    [Fact]
    public async Task Event_NotedByAHostThatDied_IsNotTakenForAnswered()
    {
        await IngestAndLeaveAsync("a.txt");
        var message = await _app.PutBlobAsync("a.txt", "The second text.");
        await _app.SendAsync(message);
        foreach (var batch in Batches.ToList()) _app.Durable.Instances.Remove(batch.Id);
        await _app.Get<StatusStore>().ChangeAsync(_app.Name("a.txt"), status => status! with { Batch = null, Signalled = true }, default);
        await _app.SendAsync(message);
        Assert.Single(Batches);
        await _app.Durable.RunAsync();
        Assert.Equal("The second text.", Assert.Single(await _app.IndexedAsync()).Text);
    }

    /// <summary>Two that have news of it at once: the second finds it taken up.</summary>
    [Fact]
    public async Task Events_OneAfterTheOther_BeginOne()
    {
        await IngestAndLeaveAsync("a.txt");
        await _app.SendAsync(await _app.PutBlobAsync("a.txt", "The second text."));
        await _app.SendAsync(await _app.PutBlobAsync("a.txt", "The third text."));
        Assert.Single(Batches);
        await _app.Durable.RunAsync();
        Assert.Equal("The third text.", Assert.Single(await _app.IndexedAsync()).Text);
    }

    /// <summary>An orchestration that was begun for the event is not taken for one that closes down.</summary>
    [Fact]
    public async Task Event_OfADocumentWhosePassHasNotBegun_BeginsNoOther()
    {
        await _app.SendAsync(await _app.PutBlobAsync("a.txt", "The first text."));
        await _app.SendAsync(await _app.PutBlobAsync("a.txt", "The second text."));
        Assert.Empty(Batches);
        await _app.Durable.RunAsync();
        Assert.Equal("The second text.", Assert.Single(await _app.IndexedAsync()).Text);
    }

    /// <summary>A batch lets go of a document whose former orchestration has not closed down: it is tried again until it has.</summary>
    [Fact]
    public async Task Batch_ThatLetsGo_WaitsForIt()
    {
        await _app.IngestAsync("large.md", Large);
        var closing = _app.Durable.Instances[_app.Name("large.md").InstanceId];
        var tries = 0;
        _app.Durable.Crash = (name, ran) =>
        {
            if (name == BatchActivities.Apart && !ran) closing.IsLive = ++tries < 3;
        };
        await _app.SendTogetherAsync([await _app.PutBlobAsync("large.md", Large + "# D\n\nFour is here.\n"), await _app.PutBlobAsync("b.txt", "Its neighbour.")]);
        await _app.Durable.RunAsync();
        Assert.Equal(3, tries);
        Assert.Equal(["Its neighbour.", "One is here.", "Two is here.", "Three is here.", "Four is here."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync("large.md"))!.State);
    }

    /// <summary>What no try could begin is said to have failed, although an orchestration runs.</summary>
    [Fact]
    public async Task Poison_OfADocumentThatNobodyIsAt_IsNoted()
    {
        await IngestAndLeaveAsync("a.txt");
        var message = await _app.PutBlobAsync("a.txt", "The second text.");
        await _app.Get<StatusStore>().ChangeAsync(
            _app.Name("a.txt"), status => status! with { State = DocumentState.Queued, Signalled = true, DueSince = DateTimeOffset.UtcNow.AddSeconds(1) }, default);
        await _app.Get<DocumentEventFunctions>().ReceivePoisonAsync(message, _app.Client, default);
        Assert.Equal(DocumentState.Failed, (await _app.StatusAsync("a.txt"))!.State);
    }

    private async Task<InMemoryInstance> IngestAndLeaveAsync(string path)
    {
        await _app.IngestAsync(path, "The first text.");
        var closing = _app.Durable.Instances[_app.Name(path).InstanceId];
        closing.IsLive = true;
        return closing;
    }
}
