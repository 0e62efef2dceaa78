using System.Text;
using Serverless.Documents;
using Serverless.Documents.Tables;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion;

/// <summary>A document's way, over Azurite, the search emulator and an in-memory durable host.</summary>
public abstract class IngestionTests(AzureServices azure, bool isWhole) : IAsyncLifetime
{
    private readonly IngestionHarness _app = new(azure, isWhole: isWhole);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Upload_Markdown_IsReadyWithItsChunksAndText()
    {
        await _app.IngestAsync("care/fig.md", "# Fig\n\nFigs like light.\n\n## Leaves\n\nA fig drops **leaves** in a draught.\n");
        var status = await _app.StatusAsync("care/fig.md");
        Assert.Equal((DocumentState.Ready, 100, 2, null), (status!.State, status.Percent, status.Chunks, status.Error));
        var text = await _app.Get<DocumentBlobs>().FindTextAsync(_app.Name("care/fig.md"), default);
        var chunks = await _app.IndexedAsync();
        Assert.Equal(["Figs like light.", "A fig drops leaves in a draught."], chunks.Select(chunk => chunk.Text));
        Assert.All(chunks, chunk => Assert.Equal(chunk.Text, text![chunk.Start..chunk.End]));
        Assert.Empty(await _app.IntermediateBlobsAsync("care/fig.md"));
    }

    [Fact]
    public async Task Replace_OneParagraph_EmbedsOnlyItAndLeavesNoStaleChunk()
    {
        await _app.IngestAsync("a.md", "# A\n\nThe first stays.\n\n# B\n\nThe second goes.\n\n# C\n\nThe third stays.\n");
        Assert.Equal(3, _app.Gateway.Embedded.Count);
        _app.Gateway.Embedded.Clear();
        await _app.IngestAsync("a.md", "# A\n\nThe first stays.\n\n# B\n\nA new second has come.\n\n# C\n\nThe third stays.\n");
        Assert.Equal(["B\nA new second has come."], _app.Gateway.Embedded);
        var text = await _app.Get<DocumentBlobs>().FindTextAsync(_app.Name("a.md"), default);
        var chunks = await _app.IndexedAsync();
        Assert.Equal(["The first stays.", "A new second has come.", "The third stays."], chunks.Select(chunk => chunk.Text));
        Assert.All(chunks, chunk => Assert.Equal(chunk.Text, text![chunk.Start..chunk.End]));
    }

    [Fact]
    public async Task Replace_ByShorterFile_DropsTheTail()
    {
        await _app.IngestAsync("a.md", "# A\n\nOne stays.\n\n# B\n\nTwo goes.\n\n# C\n\nThree goes.\n");
        await _app.IngestAsync("a.md", "# A\n\nOne stays.\n");
        Assert.Equal(["One stays."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
        Assert.Equal(1, (await _app.StatusAsync("a.md"))!.Chunks);
    }

    [Fact]
    public async Task Repeat_TheSameSentenceTwice_KeepsBothOccurrences()
    {
        await _app.IngestAsync("a.md", "# A\n\nSame words.\n\n# A\n\nSame words.\n");
        Assert.Equal(2, (await _app.IndexedAsync()).Count);
    }

    [Fact]
    public async Task Delete_Document_LeavesNothing()
    {
        await _app.IngestAsync("a.txt", "Something to forget.");
        await _app.IngestAsync("b.txt", "Something to keep.");
        await _app.SendAsync(await _app.DeleteBlobAsync("a.txt"));
        await _app.Durable.RunAsync();
        Assert.Null(await _app.StatusAsync("a.txt"));
        Assert.Null(await _app.Get<DocumentBlobs>().FindTextAsync(_app.Name("a.txt"), default));
        Assert.Equal(["b.txt"], (await _app.IndexedAsync()).Select(chunk => chunk.Document));
    }

    [Fact]
    public async Task Fail_UnreadableReplacement_TakesTheOldTextOutOfAnswers()
    {
        await _app.IngestAsync("a.txt", "Old and good.");
        await _app.SendAsync(await _app.PutBlobAsync("a.txt", new BinaryData(Encoding.Latin1.GetBytes("K\0nigin"))));
        await _app.Durable.RunAsync();
        var status = await _app.StatusAsync("a.txt");
        Assert.Equal((DocumentState.Failed, "The file is not text: it holds a NUL at byte 1."), (status!.State, status.Error));
        Assert.Empty(await _app.IndexedAsync());
        Assert.Empty(await _app.IntermediateBlobsAsync("a.txt"));

        await _app.IngestAsync("a.txt", "New and good.");
        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync("a.txt"))!.State);
    }

    [Theory]
    [InlineData("a.dwg", "x", "not supported")]
    [InlineData("a.pdf", "%PDF-1.7", "PDF is broken")]
    [InlineData("a.png", "x", "needs OCR")]
    [InlineData("a.txt", "", "empty")]
    [InlineData("a.txt", "  \n ", "no text")]
    [InlineData("a.txt", "a\0b", "NUL at byte 1")]
    public async Task Fail_PoisonDocument_SaysWhyAndStopsNobody(string path, string content, string reason)
    {
        await _app.SendAsync(await _app.PutBlobAsync(path, content));
        await _app.SendAsync(await _app.PutBlobAsync("good.txt", "A good neighbour."));
        await _app.Durable.RunAsync();
        var status = await _app.StatusAsync(path);
        Assert.Equal(DocumentState.Failed, status!.State);
        Assert.Contains(reason, status.Error, StringComparison.Ordinal);
        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync("good.txt"))!.State);
    }

    [Fact]
    public async Task Rechunk_WhenTheStrategyChanges()
    {
        var store = _app.Get<Functions.Ingestion.Collections.CollectionStore>();
        await _app.IngestAsync("a.md", "One.\n\nTwo.\n\nThree.\n");
        Assert.Single(await _app.IndexedAsync());
        await store.SaveAsync(_app.Collection, new() { EmbeddingsRoute = _app.Route, ChunkStrategy = Functions.Ingestion.Chunking.ChunkStrategy.Paragraphs }, default);
        await _app.SendAsync(_app.Event("Serverless.DocumentRefresh", "a.md", null));
        await _app.Durable.RunAsync();
        await _app.DeliverQueuedAsync();
        var generations = await _app.Get<Functions.Ingestion.Generations.GenerationStore>().ReadAsync(_app.Collection, default);
        Assert.Equal(["One.", "Two.", "Three."], (await _app.IndexedInAsync(generations!.Building!.Index)).Select(chunk => chunk.Text));
        Assert.Single(await _app.IndexedAsync());
    }

    [Fact]
    public void Settings_OfAnEarlierVersion_AreStillRead()
    {
        var pass = System.Text.Json.JsonSerializer.Deserialize<PassSettings>(
            """{"embeddings_route":"e","chunk_tokens":160,"chunk_overlap":0,"groups":[]}""", Serverless.Contracts.WireJson.Options);
        Assert.Equal(Functions.Ingestion.Chunking.ChunkStrategy.Sentences, pass!.ChunkStrategy);
        var chunk = System.Text.Json.JsonSerializer.Deserialize<Functions.Ingestion.Chunking.TextChunk>(
            """{"text":"x","start":0,"end":1,"ordinal":0,"tokens":1}""", Serverless.Contracts.WireJson.Options);
        Assert.Null(chunk!.TableHead);
        var document = System.Text.Json.JsonSerializer.Deserialize<Documents.ExtractedDocument>(
            """{"text":"x","sections":[{"start":0,"end":1}]}""", Serverless.Contracts.WireJson.Options);
        Assert.Null(document!.Blocks);
    }

    [Fact]
    public async Task Fail_NoEmbeddingsRoute_SaysWhatToDoAndRecoversWhenItIsDone()
    {
        await using var app = new IngestionHarness(azure, isWhole: isWhole, settings: new Dictionary<string, string?> { ["Ingestion:DefaultEmbeddingsRoute"] = null });
        await app.IngestAsync("a.txt", "Waiting for a route.");
        Assert.Contains("PUT /collections/", (await app.StatusAsync("a.txt"))!.Error, StringComparison.Ordinal);
        await app.Get<Functions.Ingestion.Collections.CollectionStore>().SaveAsync(app.Collection, new() { EmbeddingsRoute = app.Route }, default);
        await app.SendAsync(app.Event("Serverless.DocumentRefresh", "a.txt", null));
        await app.Durable.RunAsync();
        Assert.Equal(DocumentState.Ready, (await app.StatusAsync("a.txt"))!.State);
    }

    [Fact]
    public async Task Fail_RouteUnknown_EndsWithTheGatewaysReason()
    {
        await _app.Get<Functions.Ingestion.Collections.CollectionStore>().SaveAsync(_app.Collection, new() { EmbeddingsRoute = "no-such-route" }, default);
        await _app.IngestAsync("a.txt", "A text.");
        Assert.Equal("There is no route 'no-such-route'.", (await _app.StatusAsync("a.txt"))!.Error);
    }

    [Fact]
    public async Task Embed_TransientFailure_IsTriedAgain()
    {
        _app.Gateway.FailNextEmbeddings(2, () => new GatewayException(429, new("rate_limited", "Too fast.", "rate_limit_error")));
        await _app.IngestAsync("a.txt", "Worth waiting for.");
        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync("a.txt"))!.State);
    }

    [Fact]
    public async Task Embed_LastingFailure_EndsAsFailedWithoutContent()
    {
        _app.Gateway.FailNextEmbeddings(int.MaxValue, () => new GatewayException(503, new("upstream_unavailable", "The provider cannot take the request now.", "upstream_error")));
        await _app.IngestAsync("a.txt", "A secret word.");
        var status = await _app.StatusAsync("a.txt");
        Assert.Equal(DocumentState.Failed, status!.State);
        Assert.Equal("DocumentEmbed failed: The provider cannot take the request now.", status.Error);
        Assert.Empty(await _app.IntermediateBlobsAsync("a.txt"));
    }

    [Fact]
    public async Task History_OfAnIngestion_HoldsNoContent()
    {
        _app.Durable.Crash = (name, ran) =>
        {
            foreach (var recorded in _app.Durable.Instances.Values.SelectMany(instance => instance.History))
                Assert.DoesNotContain("canary", recorded?.Input + recorded?.Output, StringComparison.Ordinal);
        };
        await _app.IngestAsync("a.md", "# canary\n\nThe canary sings in the morning.\n\nAnother canary answers it in the evening and all through the long dark night until the sun is up.\n");
        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync("a.md"))!.State);
    }

    [Theory]
    [InlineData("it's a \"quoted\" name.txt")]
    [InlineData("a..b/..c/dots.txt")]
    [InlineData("наука/日本語/żółw 🐢.txt")]
    [InlineData("100% sure #1 & more? %2F%41.txt")]
    [InlineData("' or 1 eq 1 or document eq '.txt")]
    [InlineData("semi,colon=equals+plus.txt")]
    [InlineData("double//slash.txt")]
    public async Task Name_Hostile_IsIngestedListedAndDeleted(string path)
    {
        await _app.IngestAsync(path, "Hostile names are only names.");
        var (documents, _) = await _app.Get<StatusStore>().ListAsync(_app.Collection, 10, null, default);
        Assert.Equal([(path, DocumentState.Ready)], documents.Select(item => (item.Path, item.Status.State)));
        Assert.Equal([path], (await _app.IndexedAsync()).Select(chunk => chunk.Document));
        await _app.SendAsync(await _app.DeleteBlobAsync(path));
        await _app.Durable.RunAsync();
        Assert.Empty(await _app.IndexedAsync());
    }

    [Fact]
    public async Task Name_Longest_IsIngested()
    {
        var path = new string('n', 1024 - _app.Collection.Length - 1 - 4) + ".txt";
        await _app.IngestAsync(path, "The longest name that a blob may have.");
        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync(path))!.State);
    }

    [Theory]
    [InlineData("../x.txt")]
    [InlineData("a/./b.txt")]
    [InlineData("back\\slash.txt")]
    public async Task Name_ThatNoClientCanAddress_IsDropped(string path)
    {
        await _app.SendAsync(_app.Event("Microsoft.Storage.BlobCreated", path, "0x1"));
        Assert.Empty(_app.Durable.Instances);
    }
}
