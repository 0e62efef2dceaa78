using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.Batches;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Events;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Tests.Ingestion.Generations;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion;

/// <summary>Documents whose events come together are taken up together, and each ends as if it had come alone.</summary>
[Collection(AzureCollection.Name)]
public sealed class BatchIngestionTests(AzureServices azure) : IAsyncLifetime
{
    private const string Large = "# A\n\nOne is here.\n\n# B\n\nTwo is here.\n\n# C\n\nThree is here.\n";

    private readonly IngestionHarness _app = new(azure, new() { ["Ingestion:WholeDocumentChunks"] = "2" });

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    private IEnumerable<InMemoryInstance> Batches => _app.Durable.Instances.Values.Where(instance => instance.Name == DocumentBatchOrchestrator.Name);

    private IEnumerable<InMemoryInstance> Alone => _app.Durable.Instances.Values.Where(instance => instance.Name == DocumentOrchestrator.Name);

    [Fact]
    public async Task Together_SmallDocuments_TakeOneActivityAndFewRequests()
    {
        await _app.IngestAsync("first.txt", "The index is created once.");
        var paths = Enumerable.Range(0, 16).Select(i => $"{i}.txt").ToList();
        var messages = new List<string>();
        foreach (var path in paths) messages.Add(await _app.PutBlobAsync(path, $"A small document, number {path}."));
        _app.Durable.Instances.Clear();
        var storage = new List<string>();
        _app.Transport.Watch = (request, answered) =>
        {
            var uri = request.Uri.ToUri();
            if (answered || uri.Host.EndsWith(".search.windows.net", StringComparison.Ordinal)) return;
            lock (storage) storage.Add($"{request.Method} {uri.AbsolutePath}");
        };
        await _app.SendTogetherAsync(messages);
        await _app.Durable.RunAsync();
        _app.Transport.Watch = null;
        foreach (var path in paths) Assert.Equal(DocumentState.Ready, (await _app.StatusAsync(path))!.State);
        // Two of the status, two of the manifest; document, sidecar, text and whatever vectors have gone with another.
        Assert.True(storage.Count <= (8 * paths.Count) + 4, string.Join('\n', storage));
        Assert.Single(Assert.Single(_app.Durable.Instances.Values).History);
    }

    [Fact]
    public async Task Together_AllKinds_EachEndsAsAlone()
    {
        await _app.IngestAsync("gone.txt", "Something to forget.");
        await _app.IngestAsync("replaced.txt", "The old text.");
        await _app.IngestAsync("same.txt", "It stays as it is.");
        var embedded = _app.Gateway.Embedded.Count;
        _app.Durable.Instances.Clear();
        await _app.SendTogetherAsync(
        [
            await _app.PutBlobAsync("new.txt", "Never seen before."),
            await _app.PutBlobAsync("replaced.txt", "The new text."),
            await _app.DeleteBlobAsync("gone.txt"),
            await _app.PutBlobAsync("bad.txt", "K\0nigin"),
            await _app.PutBlobAsync("empty.txt", string.Empty),
            await _app.PutBlobAsync("large.md", Large),
            _app.Event("Serverless.DocumentRefresh", "same.txt", null),
        ]);
        await _app.Durable.RunAsync();
        Assert.Single(Batches);
        Assert.Equal(new[] { "empty.txt", "large.md" }.Select(path => _app.Name(path).InstanceId).Order(), Alone.Select(instance => instance.Id).Order());
        Assert.Equal(
            [("large.md", "One is here."), ("large.md", "Two is here."), ("large.md", "Three is here."), ("new.txt", "Never seen before."), ("replaced.txt", "The new text."), ("same.txt", "It stays as it is.")],
            (await _app.IndexedAsync()).Select(chunk => (chunk.Document, chunk.Text)));
        Assert.Equal(embedded + 5, _app.Gateway.Embedded.Count);
        Assert.Null(await _app.StatusAsync("gone.txt"));
        Assert.Equal("The file is not text: it holds a NUL at byte 1.", (await _app.StatusAsync("bad.txt"))!.Error);
        Assert.Equal(DocumentState.Failed, (await _app.StatusAsync("empty.txt"))!.State);
        foreach (var path in (string[])["new.txt", "replaced.txt", "bad.txt", "empty.txt", "large.md", "same.txt"])
            Assert.Equal((1, (string?)null), ((await _app.StatusAsync(path))!.Attempts, (await _app.StatusAsync(path))!.Batch));
    }

    /// <summary>The host dies before or after every activity in turn, the batch's and those that go on alone.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Kill_AtEveryActivity_EndsTheSame(bool afterRunning)
    {
        for (var at = 0; ; at++)
        {
            var folder = $"{at}-{afterRunning}/";
            await _app.IngestAsync(folder + "gone.txt", "Something to forget.");
            await _app.SendTogetherAsync(
            [
                await _app.PutBlobAsync(folder + "a.txt", "A small one."),
                await _app.DeleteBlobAsync(folder + "gone.txt"),
                await _app.PutBlobAsync(folder + "bad.txt", "K\0nigin"),
                await _app.PutBlobAsync(folder + "large.md", Large),
            ]);
            var (seen, killed) = (0, false);
            _app.Durable.Crash = (_, ran) =>
            {
                if (killed || ran != afterRunning || seen++ != at) return;
                killed = true;
                throw new HostKilledException();
            };
            try
            {
                await _app.Durable.RunAsync();
            }
            catch (HostKilledException)
            {
                await _app.Durable.RunAsync();
            }

            _app.Durable.Crash = (_, _) => { };
            Assert.Equal(
                ["A small one.", "One is here.", "Two is here.", "Three is here."],
                (await _app.IndexedAsync()).Where(chunk => chunk.Document.StartsWith(folder, StringComparison.Ordinal)).Select(chunk => chunk.Text));
            Assert.Null(await _app.StatusAsync(folder + "gone.txt"));
            Assert.Equal(DocumentState.Failed, (await _app.StatusAsync(folder + "bad.txt"))!.State);
            if (!killed) break;
        }
    }

    /// <summary>A document that ends whatever reads it: its neighbours are ready all the same, and are not read again for it.</summary>
    [Fact]
    public async Task Fail_OfTheWholeBatch_LeavesEachToItself()
    {
        _app.Durable.Crash = (name, ran) =>
        {
            if (name == BatchActivities.Together && !ran) throw new InvalidOperationException("The worker has ended.");
        };
        await _app.SendTogetherAsync([await _app.PutBlobAsync("a.txt", "First words."), await _app.PutBlobAsync("b.txt", "Second words.")]);
        await _app.Durable.RunAsync();
        Assert.Equal(["First words.", "Second words."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
        Assert.Equal(2, Alone.Count());
    }

    /// <summary>What may pass is tried again, as often as a document of its own is, and only where it failed.</summary>
    [Fact]
    public async Task Fail_OfOneEmbedding_IsTriedAgainAlone()
    {
        _app.Gateway.FailNextEmbeddings(1, () => new GatewayException(429, new("rate_limited", "Too fast.", "rate_limit_error")));
        await _app.SendTogetherAsync([await _app.PutBlobAsync("a.txt", "First words."), await _app.PutBlobAsync("b.txt", "Second words."), await _app.PutBlobAsync("c.txt", "Third words.")]);
        await _app.Durable.RunAsync();
        Assert.Equal(3, (await _app.IndexedAsync()).Count);
        Assert.Single(Alone);
        Assert.Equal(3, _app.Gateway.Embedded.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Event_WhileTheBatchIsAtTheDocument_IsAnswered(bool delete)
    {
        await _app.SendTogetherAsync([await _app.PutBlobAsync("a.txt", "The first text."), await _app.PutBlobAsync("b.txt", "Its neighbour.")]);
        // The two are embedded side by side: both wait for the event, or the one could end before it.
        var sent = new Lazy<Task>(async () => await _app.SendAsync(delete ? await _app.DeleteBlobAsync("a.txt") : await _app.PutBlobAsync("a.txt", "The second text.")));
        _app.Gateway.BeforeEmbed = () => sent.Value;
        await _app.Durable.RunAsync();
        Assert.Equal(delete ? ["Its neighbour."] : ["The second text.", "Its neighbour."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
        Assert.Equal(delete ? null : DocumentState.Ready, (await _app.StatusAsync("a.txt"))?.State);
        // The batch saw it: no orchestration was begun beside it.
        Assert.Empty(Alone);
    }

    /// <summary>The settings are read once for a batch, and anew for a document that was told meanwhile that they have changed.</summary>
    [Fact]
    public async Task Settings_ChangedWhileTheBatchIsAtWork_Count()
    {
        var store = _app.Get<CollectionStore>();
        await _app.SendTogetherAsync([await _app.PutBlobAsync("a.txt", "First words."), await _app.PutBlobAsync("b.txt", "Second words.")]);
        var sent = new Lazy<Task>(async () =>
        {
            await store.SaveAsync(_app.Collection, new() { EmbeddingsRoute = _app.Route, Groups = ["staff"] }, default);
            await _app.SendTogetherAsync([_app.Event("Serverless.DocumentRefresh", "a.txt", null), _app.Event("Serverless.DocumentRefresh", "b.txt", null)]);
        });
        _app.Gateway.BeforeEmbed = () => sent.Value;
        await _app.Durable.RunAsync();
        foreach (var path in (string[])["a.txt", "b.txt"]) Assert.Equal(["staff"], (await _app.StatusAsync(path))!.Access!.Groups);
    }

    /// <summary>The host dies between the documents' statuses and the batch's beginning: the events come again.</summary>
    [Fact]
    public async Task Batch_NeverBegun_IsLeftForOnesOwn()
    {
        var messages = new[] { await _app.PutBlobAsync("a.txt", "First words."), await _app.PutBlobAsync("b.txt", "Second words.") };
        await _app.SendTogetherAsync(messages);
        _app.Durable.Instances.Clear();
        await _app.SendTogetherAsync(messages);
        await _app.Durable.RunAsync();
        Assert.Equal(2, Alone.Count());
        Assert.Equal(["First words.", "Second words."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
    }

    /// <summary>A batch that comes late to a document which has been taken out of it passes it over.</summary>
    [Fact]
    public async Task Batch_ThatComesLate_PassesOver()
    {
        var messages = new[] { await _app.PutBlobAsync("a.txt", "First words."), await _app.PutBlobAsync("b.txt", "Second words.") };
        await _app.SendTogetherAsync(messages);
        var late = Assert.Single(Batches);
        _app.Durable.Instances.Clear();
        await _app.SendTogetherAsync(messages);
        await _app.Durable.RunAsync();
        var ready = await _app.StatusAsync("a.txt");
        _app.Durable.Instances[late.Id] = late;
        await _app.Durable.RunAsync();
        Assert.Equal(ready, await _app.StatusAsync("a.txt"));
        Assert.Equal(2, _app.Gateway.Embedded.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Revive_DocumentOfALostBatch_BeginsAnother(bool isLeft)
    {
        var time = new ShiftedTime();
        await using var app = new IngestionHarness(azure, time: time);
        await app.SendTogetherAsync([await app.PutBlobAsync("a.txt", "First words."), await app.PutBlobAsync("b.txt", "Second words.")]);
        if (!isLeft) app.Durable.Instances.Clear();
        var revive = DocumentEventMessage.Write(new DocumentEvent(DocumentEventKind.Revive, app.Name("a.txt")), Guid.NewGuid(), DateTimeOffset.UnixEpoch);
        await app.SendAsync(revive);
        Assert.Equal(isLeft ? 1 : 0, app.Durable.Instances.Count);
        time.Offset += TimeSpan.FromHours(1);
        await app.SendAsync(revive);
        Assert.True(app.Durable.Instances.ContainsKey(app.Name("a.txt").InstanceId));
        await app.Durable.RunAsync();
        Assert.Equal(DocumentState.Ready, (await app.StatusAsync("a.txt"))!.State);
        Assert.Single(app.Gateway.Embedded, text => text == "First words.");
    }

    [Fact]
    public async Task Poison_EventOfADocumentInABatch_DoesNotEndIt()
    {
        var messages = new[] { await _app.PutBlobAsync("a.txt", "First words."), await _app.PutBlobAsync("b.txt", "Second words.") };
        await _app.SendTogetherAsync(messages);
        await _app.Get<DocumentEventFunctions>().ReceivePoisonAsync(messages[0], _app.Client, default);
        Assert.Equal(DocumentState.Queued, (await _app.StatusAsync("a.txt"))!.State);
        _app.Durable.Instances.Clear();
        await _app.Get<DocumentEventFunctions>().ReceivePoisonAsync(messages[0], _app.Client, default);
        Assert.Equal(DocumentState.Failed, (await _app.StatusAsync("a.txt"))!.State);
    }

    [Fact]
    public async Task Setting_OfOne_GivesEachItsOwn()
    {
        await using var app = new IngestionHarness(azure, new() { ["Ingestion:DocumentsPerBatch"] = "1" });
        await app.SendTogetherAsync([await app.PutBlobAsync("a.txt", "First words."), await app.PutBlobAsync("b.txt", "Second words.")]);
        Assert.Equal(new[] { "a.txt", "b.txt" }.Select(path => app.Name(path).InstanceId).Order(), app.Durable.Instances.Keys.Order());
    }
}
