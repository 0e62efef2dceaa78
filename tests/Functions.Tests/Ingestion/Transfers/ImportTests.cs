using System.Text.Json;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Transfers;
using Serverless.Functions.Ingestion.Transfers.Imports;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion.Transfers;

/// <summary>A container's blobs become documents: once, with their access, and what cannot is named.</summary>
[Collection(AzureCollection.Name)]
public sealed class ImportTests : IAsyncLifetime
{
    private readonly string _container = "s" + Guid.NewGuid().ToString("N")[..12];
    private readonly IngestionHarness _app;
    private readonly TransferDriver _transfers;
    private readonly BlobContainerClient _source;

    public ImportTests(AzureServices azure)
    {
        _app = new IngestionHarness(azure, new() { ["Ingestion:MaxDocumentBytes"] = "1000", ["Ingestion:ImportContainers"] = $"others, {_container}" });
        _transfers = new TransferDriver(_app);
        _source = _app.Get<BlobServiceClient>().GetBlobContainerClient(_container);
    }

    public Task InitializeAsync() => _source.CreateAsync();

    public async Task DisposeAsync()
    {
        await _source.DeleteIfExistsAsync();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task Import_OfManyPages_BringsEachBlobInAndAgainNone()
    {
        var names = Enumerable.Range(0, 2 * ImportStep.PageSize + 5).Select(i => $"texts/{i:D3}.txt").ToList();
        await Parallel.ForEachAsync(names, async (name, _) => await PutAsync(name, $"Text of {name}."));
        await PutAsync("other/x.txt", "Not asked for.");
        var import = await _transfers.ImportAsync(new { container = _container, prefix = "texts/", target = "in/" });
        AssertCounts(import, seen: 205, written: 205);
        Assert.Equal(names.Select(name => $"in/{name}"), await DocumentsAsync());
        Assert.Equal("Text of texts/007.txt.", await ReadAsync("in/texts/007.txt"));

        await PutAsync(names[3], "Changed.");
        await PutAsync("texts/new.txt", "New.");
        AssertCounts(await _transfers.ImportAsync(new { container = _container, prefix = "texts/", target = "in/" }), seen: 206, written: 2, unchanged: 204);
        Assert.Equal("Changed.", await ReadAsync($"in/{names[3]}"));
        var before = await ETagAsync("in/texts/007.txt");
        AssertCounts(await _transfers.ImportAsync(new { container = _container, prefix = "texts/", target = "in/" }), seen: 206, written: 0, unchanged: 206);
        Assert.Equal(before, await ETagAsync("in/texts/007.txt"));
    }

    [Fact]
    public async Task Import_KilledAtEveryStep_ComesOutTheSame()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, ImportStep.PageSize + 5), async (i, _) => await PutAsync($"{i:D3}.txt", $"Text {i}."));
        await PutAsync("z.txt", new string('x', 2000));
        for (var at = 0; ; at++)
        {
            var ends = 0;
            foreach (var ran in (bool[])[false, true])
            {
                _transfers.Kill = (at, ran);
                var target = $"at-{at}-{ran}/";
                var import = await _transfers.ImportAsync(new { container = _container, target });
                Assert.Equal("completed", import.GetProperty("state").GetString());
                Assert.Equal(["z.txt"], Failures(import).Select(failure => failure.Name));
                Assert.Equal(ImportStep.PageSize + 5, (await DocumentsAsync()).Count(path => path.StartsWith(target, StringComparison.Ordinal)));
                var counts = import.GetProperty("counts");
                Assert.Equal(ImportStep.PageSize + 6, counts.GetProperty("seen").GetInt32());
                Assert.Equal(ImportStep.PageSize + 5, counts.GetProperty("written").GetInt32() + counts.GetProperty("unchanged").GetInt32());
                if (_transfers.Kill is not null) ends++;
            }

            if (ends == 2) break;
            Assert.True(at < 10, "It does not come to an end.");
        }
    }

    [Fact]
    public async Task Import_OfWhatCannotBeADocument_NamesEachAndBringsInTheRest()
    {
        await PutAsync("good.txt", "Good.");
        await PutAsync("large.txt", new string('x', 1001));
        await PutAsync("a/../b.txt", "Above.");
        await PutAsync(new string('n', 1020), "Long.");
        await PutAsync("folder/", string.Empty);
        await _source.GetBlobClient("lake").UploadAsync(BinaryData.Empty, new BlobUploadOptions { Metadata = new Dictionary<string, string> { ["hdi_isfolder"] = "true" } });
        await _app.PutBlobAsync("taken.txt", "Uploaded by hand.");
        await PutAsync("taken.txt", "Imported.");
        var import = await _transfers.ImportAsync(new { container = _container });
        var expected = new List<(string, string)> { (new string('n', 1020), "invalid_path"), ("large.txt", "document_too_large"), ("taken.txt", "document_exists") };
        // Clients resolve such a name before it is sent.
        if (await _source.GetBlobClient("a/../b.txt").ExistsAsync() && (await ListAsync()).Contains("a/../b.txt")) expected.Insert(0, ("a/../b.txt", "invalid_path"));
        Assert.Equal(expected.Order(), Failures(import).Order());
        Assert.Equal("Good.", await ReadAsync("good.txt"));
        Assert.Equal("Uploaded by hand.", await ReadAsync("taken.txt"));
        Assert.DoesNotContain("folder/", await DocumentsAsync());
        Assert.DoesNotContain("lake", await DocumentsAsync());

        await _transfers.ImportAsync(new { container = _container, overwrite = true });
        Assert.Equal("Imported.", await ReadAsync("taken.txt"));
    }

    [Fact]
    public async Task Import_OfRestrictedBlobs_KeepsWhoMaySeeThem()
    {
        await PutAsync("a.txt", "A.", new() { ["groups"] = "board", ["Year"] = "2024" });
        await PutAsync("b.txt", "B.");
        await PutAsync("b.txt.acl.json", """{"groups":["staff"]}""");
        await _transfers.ImportAsync(new { container = _container });
        await IngestAllAsync("a.txt", "b.txt");
        Assert.Equal(["board"], (await _app.StatusAsync("a.txt"))!.Access!.Groups);
        Assert.Equal(["staff"], (await _app.StatusAsync("b.txt"))!.Access!.Groups);
        var blob = (await _app.Documents.GetBlobClient($"{_app.Collection}/a.txt").GetPropertiesAsync()).Value;
        Assert.Equal(["year"], Functions.Retrieval.Filters.DocumentMetadata.Of(blob.Metadata)!.Keys);

        await _transfers.ImportAsync(new { container = _container, target = "closed/", groups = (string[])["hr, payroll"], users = (string[])["u1"] });
        await IngestAllAsync("closed/a.txt");
        Assert.Equal(["hr, payroll"], (await _app.StatusAsync("closed/a.txt"))!.Access!.Groups);
        Assert.Equal(["u1"], (await _app.StatusAsync("closed/a.txt"))!.Access!.Users);
    }

    /// <summary>A sidecar on the next page of the listing is there before its document all the same.</summary>
    [Fact]
    public async Task Import_OfASidecarBeyondThePage_WritesItFirst()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, ImportStep.PageSize - 1), async (i, _) => await PutAsync($"a{i:D3}.txt", "A."));
        await PutAsync("last.txt", "Last.");
        await PutAsync("last.txt.acl.json", """{"groups":["board"]}""");
        var written = new List<string>();
        _app.Transport.Watch = (request, isDone) =>
        {
            var path = request.Uri.ToUri().AbsolutePath;
            if (!isDone && request.Method == Azure.Core.RequestMethod.Put && path.Contains($"/documents/{_app.Collection}/last", StringComparison.Ordinal)) lock (written) written.Add(path[(path.LastIndexOf('/') + 1)..]);
        };
        await _transfers.ImportAsync(new { container = _container });
        Assert.Equal(["last.txt.acl.json", "last.txt"], written.Distinct());
    }

    [Theory]
    [InlineData("""{}""", "container")]
    [InlineData("""{"container":"a-container","uri":"https://x.blob.core.windows.net/y"}""", "container")]
    [InlineData("""{"container":"config"}""", "container")]
    [InlineData("""{"container":"documents"}""", "container")]
    [InlineData("""{"container":"exports"}""", "container")]
    [InlineData("""{"container":"azure-webjobs-secrets"}""", "container")]
    [InlineData("""{"container":"taskhub-leases"}""", "container")]
    [InlineData("""{"container":"Upper"}""", "container")]
    [InlineData("""{"container":"a--b"}""", "container")]
    [InlineData("""{"container":"../config"}""", "container")]
    [InlineData("""{"container":"files","target":"../x/"}""", "target")]
    [InlineData("""{"container":"files","target":"/x/"}""", "target")]
    [InlineData("""{"container":"files","prefix":"a\nb"}""", "prefix")]
    [InlineData("""{"container":"files","groups":["a\u0007b"]}""", "groups")]
    [InlineData("""{"container":"files","overwrite":"yes"}""", "overwrite")]
    [InlineData("""{"container":"files","recursive":true}""", "recursive")]
    [InlineData("""{"uri":"http://files.blob.core.windows.net/x-y"}""", "uri")]
    [InlineData("""{"uri":"https://127.0.0.1/files"}""", "uri")]
    [InlineData("""{"uri":"https://169.254.169.254/metadata"}""", "uri")]
    [InlineData("""{"uri":"https://evil.example/files"}""", "uri")]
    [InlineData("""{"uri":"https://blob.core.windows.net/files"}""", "uri")]
    [InlineData("""{"uri":"https://files.blob.core.windows.net.evil.example/files"}""", "uri")]
    [InlineData("""{"uri":"https://files.blob.core.windows.net:8443/files"}""", "uri")]
    [InlineData("""{"uri":"https://user:pass@files.blob.core.windows.net/files"}""", "uri")]
    [InlineData("""{"uri":"https://files.blob.core.windows.net/files?sv=1&sig=x"}""", "uri")]
    [InlineData("""{"uri":"https://files.blob.core.windows.net/files/a.txt"}""", "uri")]
    [InlineData("""{"uri":"https://files.blob.core.windows.net/"}""", "uri")]
    [InlineData("""{"uri":"https://files.blob.core.windows.net/files"}""", "uri")]
    public async Task Request_ThatIsWrong_IsRefusedByField(string body, string field)
    {
        var refused = await Assert.ThrowsAsync<GatewayException>(() => _transfers.AnswerAsync(request => _app.Get<ImportFunctions>().StartAsync(request, _app.Durable), JsonDocument.Parse(body).RootElement));
        Assert.Equal((400, field), (refused.Status, refused.Error.Param));
    }

    [Fact]
    public async Task Import_FromWhatIsNotThere_FailsByName()
    {
        var import = await _transfers.ImportAsync(new { container = "no-such-container" });
        Assert.Equal(("failed", "container_not_found"), (import.GetProperty("state").GetString(), import.GetProperty("error_code").GetString()));
    }

    /// <summary>The app reads with its own identity what a collection's owner might not.</summary>
    [Fact]
    public async Task Import_ByAnOwner_IsFromListedContainersOnly()
    {
        var owner = new Caller("owner", ["staff"], IsOperator: false);
        await _app.Get<Functions.Ingestion.Collections.CollectionStore>().SaveAsync(_app.Collection, new() { EmbeddingsRoute = _app.Route, Owner = "owner" }, default);
        await PutAsync("a.txt", "A.");
        var durable = new InMemoryDurable(_app.Get<TransferActivities>(), TransferOrchestrator.RunAsync);
        foreach (var (body, status) in ((object, int)[])[(new { container = "not-listed" }, 403), (new { container = "config" }, 400)])
        {
            var refused = await Assert.ThrowsAsync<GatewayException>(() => _transfers.AnswerAsync(request => _app.Get<ImportFunctions>().StartAsync(request, durable), body, caller: owner));
            Assert.Equal(status, refused.Status);
        }

        var started = await _transfers.AnswerAsync(request => _app.Get<ImportFunctions>().StartAsync(request, durable), new { container = _container }, caller: owner);
        await durable.RunAsync();
        var ended = await _transfers.AnswerAsync(_app.Get<ImportFunctions>().GetAsync, id: started.GetProperty("id").GetString(), caller: owner);
        Assert.Equal("completed", ended.GetProperty("state").GetString());

        var other = new Caller("other", ["staff"], IsOperator: false);
        Assert.Equal(403, (await Assert.ThrowsAsync<GatewayException>(() => _transfers.AnswerAsync(request => _app.Get<ImportFunctions>().StartAsync(request, durable), new { container = _container }, caller: other))).Status);
        Assert.Equal(403, (await Assert.ThrowsAsync<GatewayException>(() => _transfers.AnswerAsync(_app.Get<ImportFunctions>().GetAsync, id: started.GetProperty("id").GetString(), caller: other))).Status);
    }

    private async Task PutAsync(string name, string text, Dictionary<string, string>? metadata = null) =>
        await _source.GetBlobClient(name).UploadAsync(BinaryData.FromString(text), new BlobUploadOptions { Metadata = metadata });

    private async Task IngestAllAsync(params string[] paths)
    {
        foreach (var path in paths) await _app.SendAsync(_app.Event("Microsoft.Storage.BlobCreated", path, null));
        await _app.Durable.RunAsync();
    }

    private async Task<List<string>> DocumentsAsync()
    {
        var paths = new List<string>();
        await foreach (var blob in _app.Documents.GetBlobsAsync(new GetBlobsOptions { Prefix = _app.Collection + "/" })) paths.Add(blob.Name[(_app.Collection.Length + 1)..]);
        return paths;
    }

    private async Task<List<string>> ListAsync()
    {
        var names = new List<string>();
        await foreach (var blob in _source.GetBlobsAsync()) names.Add(blob.Name);
        return names;
    }

    private async Task<string> ReadAsync(string path) => (await _app.Documents.GetBlobClient($"{_app.Collection}/{path}").DownloadContentAsync()).Value.Content.ToString();

    private async Task<string> ETagAsync(string path) => (await _app.Documents.GetBlobClient($"{_app.Collection}/{path}").GetPropertiesAsync()).Value.ETag.ToString();

    private static IEnumerable<(string Name, string Code)> Failures(JsonElement run) => run.TryGetProperty("failed", out var failed)
        ? failed.EnumerateArray().Select(failure => (failure.GetProperty("name").GetString()!, failure.GetProperty("code").GetString()!))
        : [];

    private static void AssertCounts(JsonElement run, int seen, int written, int unchanged = 0)
    {
        Assert.Equal("completed", run.GetProperty("state").GetString());
        var counts = run.GetProperty("counts");
        Assert.Equal((seen, written, unchanged, 0), (counts.GetProperty("seen").GetInt32(), counts.GetProperty("written").GetInt32(), counts.GetProperty("unchanged").GetInt32(), counts.GetProperty("failed").GetInt32()));
    }
}
