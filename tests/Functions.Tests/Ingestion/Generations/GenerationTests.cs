using Serverless.Functions.Clients;
using Serverless.Functions.Ingestion.Chunking;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Events;
using Serverless.Functions.Ingestion.Generations;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion.Generations;

/// <summary>A collection goes from one generation to the next under questions, events and kills.</summary>
public abstract class GenerationTests(AzureServices azure, bool isWhole) : IAsyncLifetime
{
    private readonly ShiftedTime _time = new();
    private IngestionHarness _app = null!;

    public Task InitializeAsync()
    {
        _app = new IngestionHarness(azure, isWhole: isWhole, time: _time);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Model_Changed_IsAnsweredByTheOldUntilTheNewIsWhole()
    {
        await IngestThreeAsync();
        var old = (await StateAsync()).Serving;
        ChangeModel();
        await AskForReviewAsync();
        var building = (await StateAsync()).Building!;
        Assert.NotEqual(old.Index, building.Index);
        await AssertFoundAsync("roses", "a.md");

        // Documents are built, and still the old one answers: the switch is one write.
        await _app.DeliverQueuedAsync();
        Assert.Equal(3, (await _app.IndexedInAsync(building.Index)).Count);
        Assert.Equal(3, (await _app.IndexedInAsync(old.Index)).Count);
        Assert.Equal(old.Number, (await StateAsync()).Serving.Number);
        await AssertFoundAsync("tulips", "b.md");

        var work = await StepAsync(new GenerationWork(_app.Collection));
        Assert.Equal(building.Number, (await StateAsync()).Serving.Number);
        await AssertFoundAsync("tulips", "b.md");
        Assert.Equal(3, (await _app.IndexedInAsync(old.Index)).Count);

        await EndAsync(work);
        Assert.Empty(await _app.IndexedInAsync(old.Index));
        await AssertFoundAsync("lilies", "c.md");
        Assert.All(["a.md", "b.md", "c.md"], path => Assert.Equal(DocumentState.Ready, _app.StatusAsync(path).GetAwaiter().GetResult()!.State));
    }

    [Fact]
    public async Task Strategy_Changed_EmbedsOnlyWhatIsCutAnew()
    {
        await IngestThreeAsync();
        _app.Gateway.Embedded.Clear();
        await _app.Get<CollectionStore>().SaveAsync(_app.Collection, new CollectionSettings { EmbeddingsRoute = _app.Route, ChunkTokens = 32, ChunkStrategy = ChunkStrategy.Paragraphs }, default);
        await AskForReviewAsync();
        await EndAsync(await SwitchAsync());
        var serving = (await StateAsync()).Serving;
        Assert.Equal((32, ChunkStrategy.Paragraphs), (serving.ChunkTokens, serving.ChunkStrategy));
        Assert.Empty(_app.Gateway.Embedded);
        Assert.Equal(3, (await _app.IndexedInAsync(serving.Index)).Count);
    }

    [Fact]
    public async Task Documents_ThatComeChangeAndGoMeanwhile_AreRightInBoth()
    {
        await IngestThreeAsync();
        var old = (await StateAsync()).Serving;
        ChangeModel();
        await AskForReviewAsync();
        var building = (await StateAsync()).Building!;
        await _app.DeliverQueuedAsync();

        await _app.IngestAsync("d.md", "# D\n\nPeonies like sun.\n");
        await _app.IngestAsync("b.md", "# B\n\nDahlias like warmth.\n");
        await _app.SendAsync(await _app.DeleteBlobAsync("c.md"));
        await _app.Durable.RunAsync();
        string[] expected = ["Roses like water.", "Dahlias like warmth.", "Peonies like sun."];
        Assert.Equal(expected, (await _app.IndexedInAsync(old.Index)).Select(chunk => chunk.Text));
        Assert.Equal(expected, (await _app.IndexedInAsync(building.Index)).Select(chunk => chunk.Text));

        await EndAsync(await SwitchAsync());
        Assert.Empty(await _app.IndexedInAsync(old.Index));
        Assert.Equal(expected, (await _app.IndexedInAsync(building.Index)).Select(chunk => chunk.Text));
        await AssertFoundAsync("peonies", "d.md");
    }

    [Fact]
    public async Task Document_ChangedBetweenSwitchAndRemoval_IsRight()
    {
        await IngestThreeAsync();
        var old = (await StateAsync()).Serving;
        ChangeModel();
        await AskForReviewAsync();
        var work = await SwitchAsync();
        await _app.IngestAsync("a.md", "# A\n\nOrchids like mist.\n");
        await _app.SendAsync(await _app.DeleteBlobAsync("b.md"));
        await _app.Durable.RunAsync();
        await AssertFoundAsync("orchids", "a.md");
        await EndAsync(work);
        Assert.Empty(await _app.IndexedInAsync(old.Index));
        Assert.Equal(["Orchids like mist.", "Lilies like shade."], (await _app.IndexedInAsync((await StateAsync()).Serving.Index)).Select(chunk => chunk.Text));
    }

    [Fact]
    public async Task Model_ThatFails_LeavesTheOldAnsweringAndSaysWhy()
    {
        await IngestThreeAsync();
        ChangeModel();
        _app.Gateway.BrokenVersion = 2;
        await AskForReviewAsync();
        await _app.DeliverQueuedAsync();
        await StepAsync(new GenerationWork(_app.Collection));
        var state = await StateAsync();
        Assert.Equal(0, state.Serving.Number);
        await AssertFoundAsync("roses", "a.md");
        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync("a.md"))!.State);
        var (tally, _) = await _app.Get<BuildCensus>().TallyAsync(_app.Collection, state.Building!, 10, default);
        Assert.Equal(new BuildTally(3, Failed: 3, LastError: "The model takes no such text."), tally);

        // Mended, and told again.
        _app.Gateway.BrokenVersion = null;
        await AskForReviewAsync();
        await EndAsync(await SwitchAsync());
        Assert.Equal(1, (await StateAsync()).Serving.Number);
        await AssertFoundAsync("roses", "a.md");
    }

    [Fact]
    public async Task Change_TakenBack_RemovesWhatWasBuilt()
    {
        await IngestThreeAsync();
        await _app.Get<CollectionStore>().SaveAsync(_app.Collection, new CollectionSettings { EmbeddingsRoute = _app.Route, ChunkTokens = 32 }, default);
        await AskForReviewAsync();
        await _app.DeliverQueuedAsync();
        var abandoned = (await StateAsync()).Building!;
        await _app.Get<CollectionStore>().SaveAsync(_app.Collection, new CollectionSettings { EmbeddingsRoute = _app.Route }, default);
        await AskForReviewAsync();
        await EndAsync(new GenerationWork(_app.Collection));
        Assert.Empty(await _app.IndexedInAsync(abandoned.Index));
        Assert.Equal(3, (await _app.IndexedAsync()).Count);
        await AssertFoundAsync("roses", "a.md");
    }

    /// <summary>Killed before and after each activity of a document that is being built: it comes out as if nothing had been.</summary>
    [Fact]
    public async Task Build_KilledAtEveryBoundary_ComesOutRight()
    {
        await IngestThreeAsync();
        ChangeModel();
        await AskForReviewAsync();
        var died = true;
        var seen = new HashSet<(string, bool)>();
        _app.Durable.Crash = (name, ran) =>
        {
            if (!seen.Add((name, ran))) return;
            died = true;
            throw new HostKilledException();
        };
        foreach (var message in await _app.TakeQueuedAsync()) await _app.SendAsync(message);
        while (died)
        {
            died = false;
            try
            {
                await _app.Durable.RunAsync();
            }
            catch (HostKilledException)
            {
                // The host starts again and goes on from its history.
            }
        }

        Assert.Equal(isWhole ? 2 : 14, seen.Count);
        _app.Durable.Crash = (_, _) => { };
        await EndAsync(await SwitchAsync());
        Assert.Equal(["Roses like water.", "Tulips like cold.", "Lilies like shade."], (await _app.IndexedInAsync((await StateAsync()).Serving.Index)).Select(chunk => chunk.Text));
        await AssertFoundAsync("tulips", "b.md");
    }

    /// <summary>A message that got lost, or a pass that did, is made good by the looks at the collection.</summary>
    [Fact]
    public async Task Build_WhoseEventsWereLost_IsGoneOnWith()
    {
        await IngestThreeAsync();
        ChangeModel();
        await AskForReviewAsync();
        await _app.TakeQueuedAsync();
        var work = await StepAsync(new GenerationWork(_app.Collection));
        Assert.Equal(0, (await StateAsync()).Serving.Number);
        await StepAsync(work);
        await EndAsync(await SwitchAsync());
        Assert.Equal(1, (await StateAsync()).Serving.Number);
    }

    private async Task IngestThreeAsync()
    {
        await _app.IngestAsync("a.md", "# A\n\nRoses like water.\n");
        await _app.IngestAsync("b.md", "# B\n\nTulips like cold.\n");
        await _app.IngestAsync("c.md", "# C\n\nLilies like shade.\n");
    }

    // One that no other test's documents have vectors of.
    private void ChangeModel() => _app.Gateway.Model = Guid.NewGuid().ToString("N");

    // What PUT /collections/{c} and a document that finds another model both send. The documents' own messages stay on the queue.
    private Task AskForReviewAsync() =>
        _app.SendAsync(DocumentEventMessage.Write(new DocumentEvent(DocumentEventKind.Collection, _app.Name(string.Empty)), Guid.NewGuid(), DateTimeOffset.UnixEpoch));

    private async Task<GenerationState> StateAsync() => (await _app.Get<GenerationStore>().ReadAsync(_app.Collection, default))!;

    private Task<GenerationWork> StepAsync(GenerationWork work) => _app.Get<GenerationStep>().RunAsync(work, default);

    private async Task<GenerationWork> SwitchAsync()
    {
        await _app.DeliverQueuedAsync();
        var building = (await StateAsync()).Building!;
        var work = await StepAsync(new GenerationWork(_app.Collection));
        Assert.Equal(building.Number, (await StateAsync()).Serving.Number);
        return work;
    }

    private async Task EndAsync(GenerationWork work)
    {
        for (var i = 0; !work.IsDone; i++)
        {
            Assert.True(i < 20, "It does not come to an end.");
            _time.Offset += TimeSpan.FromSeconds(work.DelaySeconds);
            work = await StepAsync(work);
            await _app.DeliverQueuedAsync();
        }

        Assert.True((await StateAsync()).IsSettled);
    }

    private async Task AssertFoundAsync(string question, string document)
    {
        foreach (var mode in (string[])[RetrievalMode.Vector, RetrievalMode.Hybrid])
        {
            var found = await _app.Get<Retriever>().FindAsync(new RetrievalQuery(_app.Collection, question, 3) { Mode = mode }, Caller.System, default);
            Assert.Equal(document, found.Chunks[0].Document);
        }
    }
}
