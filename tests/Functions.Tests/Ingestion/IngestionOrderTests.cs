using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion;

/// <summary>Events are at least once and in no order: the last state of the blob wins.</summary>
public abstract class IngestionOrderTests(AzureServices azure, bool isWhole) : IAsyncLifetime
{
    private readonly IngestionHarness _app = new(azure, isWhole: isWhole);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Event_Duplicate_DoesNothing()
    {
        var created = await _app.PutBlobAsync("a.txt", "Once is enough.");
        await _app.SendAsync(created);
        await _app.Durable.RunAsync();
        var before = await _app.StatusAsync("a.txt");
        await _app.SendAsync(created);
        await _app.Durable.RunAsync();
        Assert.Single(_app.Gateway.Embedded);
        Assert.Equal(before, await _app.StatusAsync("a.txt"));
    }

    [Fact]
    public async Task Event_OfAnOlderState_ReadsTheNewest()
    {
        var first = await _app.PutBlobAsync("a.txt", "The old text.");
        var second = await _app.PutBlobAsync("a.txt", "The new text.");
        await _app.SendAsync(second);
        await _app.Durable.RunAsync();
        await _app.SendAsync(first);
        await _app.Durable.RunAsync();
        Assert.Equal(["The new text."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
        Assert.Single(_app.Gateway.Embedded);
        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync("a.txt"))!.State);
    }

    [Fact]
    public async Task Event_DeletedBeforeCreatedOfABlobThatIsThere_KeepsIt()
    {
        var first = await _app.PutBlobAsync("a.txt", "Gone soon.");
        await _app.SendAsync(first);
        await _app.Durable.RunAsync();
        var deleted = await _app.DeleteBlobAsync("a.txt");
        var second = await _app.PutBlobAsync("a.txt", "Back again.");
        await _app.SendAsync(second);
        await _app.Durable.RunAsync();
        await _app.SendAsync(deleted);
        await _app.Durable.RunAsync();
        Assert.Equal(["Back again."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync("a.txt"))!.State);
    }

    [Fact]
    public async Task Event_CreatedOfABlobThatIsGone_LeavesNothing()
    {
        var created = await _app.PutBlobAsync("a.txt", "Never seen.");
        var deleted = await _app.DeleteBlobAsync("a.txt");
        await _app.SendAsync(deleted);
        await _app.SendAsync(created);
        await _app.Durable.RunAsync();
        Assert.Null(await _app.StatusAsync("a.txt"));
        Assert.Empty(await _app.IndexedAsync());
    }

    [Fact]
    public async Task Event_NewerDuringAPass_SupersedesIt()
    {
        var first = await _app.PutBlobAsync("a.txt", "The first text.");
        await _app.SendAsync(first);
        var sent = false;
        _app.Gateway.BeforeEmbed = async () =>
        {
            if (sent) return;
            sent = true;
            await _app.SendAsync(await _app.PutBlobAsync("a.txt", "The second text."));
        };
        await _app.Durable.RunAsync();
        Assert.Equal(["The second text."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync("a.txt"))!.State);
        Assert.Single(_app.Durable.Instances);
    }

    [Fact]
    public async Task Event_ReplacedOrDeletedAfterAnyStep_EndsWithTheLastState()
    {
        foreach (var step in isWhole ? (string[])["DocumentBegin"] : ["DocumentBegin", "DocumentExtract", "DocumentChunk", "DocumentEmbed", "DocumentIndex", "DocumentPublish", "DocumentReady"])
        {
            foreach (var delete in (bool[])[false, true]) await ChangeAfterAsync(step, delete);
        }
    }

    [Fact]
    public async Task Event_WhileTheInstanceIsClosing_WaitsAndStartsAnother()
    {
        await _app.IngestAsync("a.txt", "The first text.");
        var instance = _app.Durable.Instances.Values.Single();
        instance.IsLive = true;
        var message = await _app.PutBlobAsync("a.txt", "The second text.");
        var sending = _app.SendAsync(message);
        Assert.False(sending.IsCompleted);
        instance.IsLive = false;
        await sending;
        await _app.Durable.RunAsync();
        Assert.Equal(["The second text."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
    }

    [Fact]
    public async Task Reprocess_ReadyDocument_EmbedsItAnew()
    {
        await _app.IngestAsync("a.txt", "Twice is better.");
        await _app.SendAsync(_app.Event("Serverless.DocumentReprocess", "a.txt", null));
        await _app.Durable.RunAsync();
        Assert.Equal(2, _app.Gateway.Embedded.Count);
        Assert.Single(await _app.IndexedAsync());
        Assert.False((await _app.StatusAsync("a.txt"))!.Force);
    }

    [Fact]
    public async Task Settings_RouteChanged_IsBuiltBesideTheIndexThatServes()
    {
        await _app.IngestAsync("a.txt", "From one index to another.");
        var other = _app.Route + "b";
        await _app.Get<Functions.Ingestion.Collections.CollectionStore>().SaveAsync(_app.Collection, new() { EmbeddingsRoute = other }, default);
        await _app.SendAsync(_app.Event("Serverless.DocumentRefresh", "a.txt", null));
        await _app.Durable.RunAsync();
        await _app.DeliverQueuedAsync();
        var generations = await _app.Get<Functions.Ingestion.Generations.GenerationStore>().ReadAsync(_app.Collection, default);
        Assert.Equal(other, generations!.Building!.EmbeddingsRoute);
        Assert.Single(await _app.IndexedAsync());
        Assert.Single(await _app.IndexedInAsync(generations.Building.Index));
    }

    [Fact]
    public async Task Index_DeletedBehindOurBack_IsFilledAgainOnRefresh()
    {
        await _app.IngestAsync("a.txt", "Written twice.");
        await _app.Get<Functions.Retrieval.Index.SearchClients>().Indexes.DeleteIndexAsync(Functions.Retrieval.Index.IndexName.For(_app.Route));
        await _app.IngestAsync("a.txt", "Written twice. ");
        Assert.Single(await _app.IndexedAsync());
        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync("a.txt"))!.State);
    }

    [Fact]
    public async Task Poison_EventOfAnUnknownDocument_ShowsAsFailed()
    {
        var message = await _app.PutBlobAsync("a.txt", "Unlucky.");
        await _app.Get<Functions.Ingestion.DocumentEventFunctions>().ReceivePoisonAsync(message, _app.Client, default);
        Assert.Equal(DocumentState.Failed, (await _app.StatusAsync("a.txt"))!.State);
    }

    private async Task ChangeAfterAsync(string step, bool delete)
    {
        var path = delete ? "deleted.txt" : "replaced.txt";
        await _app.SendAsync(await _app.PutBlobAsync(path, "Words that were there first."));
        var sent = false;
        string? late = null;
        _app.Durable.Crash = (name, ran) =>
        {
            if (name != step || !ran || sent) return;
            sent = true;
            late = delete
                ? _app.DeleteBlobAsync(path).GetAwaiter().GetResult()
                : _app.PutBlobAsync(path, "Words that came later.").GetAwaiter().GetResult();
            if (step != "DocumentReady") _app.SendAsync(late).GetAwaiter().GetResult();
        };
        await _app.Durable.RunAsync();

        // The event of a change after the last step finds the document at rest.
        if (step == "DocumentReady") await _app.SendAsync(late!);
        await _app.Durable.RunAsync();
        Assert.Equal(delete ? [] : ["Words that came later."], (await _app.IndexedAsync()).Where(chunk => chunk.Document == path).Select(chunk => chunk.Text));
        Assert.Equal(delete ? null : DocumentState.Ready, (await _app.StatusAsync(path))?.State);
        _app.Durable.Crash = (_, _) => { };
    }
}
