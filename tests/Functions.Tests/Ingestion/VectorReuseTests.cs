using Serverless.Functions.Ingestion.Generations;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Ingestion.Vectors;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion;

/// <summary>What was embedded once is not embedded again, wherever it comes from.</summary>
public abstract class VectorReuseTests(AzureServices azure, bool isWhole) : IAsyncLifetime
{
    private const string Text = "# A\n\nThe first of them.\n\n# B\n\nThe second of them.\n\n# C\n\nThe third of them.\n";

    private readonly IngestionHarness _app = new(azure, isWhole: isWhole);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Unchanged_UploadedAgain_EmbedsNothing()
    {
        await _app.IngestAsync("a.md", Text);
        await AssertEmbedsAsync(0, () => _app.IngestAsync("a.md", Text));
        Assert.Equal(3, (await _app.IndexedAsync()).Count);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Rename_InAnyOrder_EmbedsNothing(bool deletedFirst, bool restarted)
    {
        await _app.IngestAsync("old.md", Text);
        await AssertEmbedsAsync(0, async () =>
        {
            if (restarted) Forget();
            if (deletedFirst) await DeleteAsync("old.md");
            if (restarted) Forget();
            await _app.IngestAsync("new.md", Text);
            if (!deletedFirst) await DeleteAsync("old.md");
        });
        var chunks = await _app.IndexedAsync();
        Assert.Equal(3, chunks.Count);
        Assert.All(chunks, chunk => Assert.Equal("new.md", chunk.Document));
    }

    [Fact]
    public async Task Rename_WithAChangedSection_EmbedsThatSection()
    {
        var text = string.Concat(Enumerable.Range(0, 40).Select(i => $"# Section {i}\n\nWhat section {i} says.\n\n"));
        await _app.IngestAsync("old.md", text);
        await DeleteAsync("old.md");
        Forget();

        // Shelves go by the least of a document's keys, which are the collection's own: in one document of 20 it is that of the changed section, and another section would be as good.
        var changed = new List<int>();
        foreach (var section in (int[])[3, 11, 20, 29, 38])
        {
            _app.Gateway.Embedded.Clear();
            await _app.IngestAsync($"new{section}.md", text.Replace($"What section {section} says", $"What section {section} says now", StringComparison.Ordinal));
            changed.Add(_app.Gateway.Embedded.Count);
            if (changed[^1] == 1) break;
        }

        Assert.Contains(1, changed);
    }

    [Fact]
    public async Task Twins_OneAfterTheOther_AreEmbeddedOnceAndOneOutlivesTheOther()
    {
        await _app.IngestAsync("a.md", Text);
        await AssertEmbedsAsync(0, () => _app.IngestAsync("b.md", Text));
        await DeleteAsync("a.md");
        var chunks = await _app.IndexedAsync();
        Assert.Equal(["The first of them.", "The second of them.", "The third of them."], chunks.Select(chunk => chunk.Text));
        Assert.All(chunks, chunk => Assert.Equal("b.md", chunk.Document));
    }

    [Fact]
    public async Task Section_SharedByTwoDocuments_IsEmbeddedOnce()
    {
        await _app.IngestAsync("a.md", "# Licence\n\nShared by all.\n\n# A\n\nOnly here.\n");
        Forget();
        await AssertEmbedsAsync(1, () => _app.IngestAsync("b.md", "# B\n\nOnly there.\n\n# Licence\n\nShared by all.\n"));
    }

    [Fact]
    public async Task Repeated_WithinADocument_IsEmbeddedOnce()
    {
        await AssertEmbedsAsync(1, () => _app.IngestAsync("a.md", "# A\n\nSame words.\n\n# A\n\nSame words.\n"));
        Assert.Equal(2, (await _app.IndexedAsync()).Count);
    }

    [Fact]
    public async Task Changed_OneParagraphOfAHundredPages_EmbedsAtMostThree()
    {
        string Page(int i, string middle = "stays") => $"Page {i} begins with a few words. It goes on for a while and {middle}. Then page {i} has come to its end.\n\n";
        await _app.IngestAsync("a.txt", string.Concat(Enumerable.Range(0, 100).Select(i => Page(i))));
        var chunks = _app.Gateway.Embedded.Count;
        Assert.True(chunks >= 100, $"{chunks} chunks");
        _app.Gateway.Embedded.Clear();
        await _app.IngestAsync("a.txt", string.Concat(Enumerable.Range(0, 100).Select(i => Page(i, i == 50 ? "was changed" : "stays"))));
        Assert.InRange(_app.Gateway.Embedded.Count, 1, 3);
    }

    [Fact]
    public async Task Model_OfTheRouteChanged_EmbedsAllAnew()
    {
        await _app.IngestAsync("a.md", Text);
        _app.Gateway.Model = "another";
        await AssertEmbedsAsync(3, async () =>
        {
            await _app.SendAsync(_app.Event("Serverless.DocumentRefresh", "a.md", null));
            await _app.Durable.RunAsync();
            // The document has noticed it and asked for a new generation, beside the one that serves.
            await _app.DeliverQueuedAsync();
        });
        var generations = await _app.Get<GenerationStore>().ReadAsync(_app.Collection, default);
        Assert.Equal(3, (await _app.IndexedInAsync(generations!.Building!.Index)).Count);
        Assert.Equal(3, (await _app.IndexedAsync()).Count);
    }

    [Fact]
    public async Task Reprocess_EmbedsAnewWhateverIsKnown()
    {
        await _app.IngestAsync("a.md", Text);
        await _app.IngestAsync("b.md", Text);
        await AssertEmbedsAsync(3, async () =>
        {
            await _app.SendAsync(_app.Event("Serverless.DocumentReprocess", "a.md", null));
            await _app.Durable.RunAsync();
        });
    }

    [Fact]
    public async Task Retired_VectorsHoldNoText()
    {
        await _app.IngestAsync("a.md", "# canary\n\nThe canary sings.\n");
        await DeleteAsync("a.md");
        var pipeline = _app.Get<IngestionContainers>().Pipeline;
        var seen = 0;
        await foreach (var blob in pipeline.GetBlobsAsync(new Azure.Storage.Blobs.Models.GetBlobsOptions { Prefix = $"vectors/{_app.Gateway.Model}/" }))
        {
            seen++;
            Assert.DoesNotContain("canary", (await pipeline.GetBlobClient(blob.Name).DownloadContentAsync()).Value.Content.ToString(), StringComparison.OrdinalIgnoreCase);
        }

        Assert.Equal(1, seen);
    }

    private async Task AssertEmbedsAsync(int expected, Func<Task> run)
    {
        _app.Gateway.Embedded.Clear();
        await run();
        Assert.Equal(expected, _app.Gateway.Embedded.Count);
    }

    private async Task DeleteAsync(string path)
    {
        await _app.SendAsync(await _app.DeleteBlobAsync(path));
        await _app.Durable.RunAsync();
    }

    // As after a restart: a vector larger than the memory pushes out every other.
    private void Forget() => _app.Get<RecentVectors>().Put("none", new float[4 * 1024 * 1024 + 1]);
}
