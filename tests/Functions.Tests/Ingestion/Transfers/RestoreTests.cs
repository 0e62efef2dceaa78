using System.Text.Json;
using Azure.Search.Documents;
using Azure.Storage.Blobs.Models;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Generations;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Ingestion.Transfers;
using Serverless.Functions.Ingestion.Transfers.Exports;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion.Transfers;

/// <summary>An index is written out, lost, and restored; what is damaged is refused before anything switches.</summary>
[Collection(AzureCollection.Name)]
public sealed class RestoreTests(AzureServices azure) : IAsyncLifetime
{
    private IngestionHarness _app = null!;
    private TransferDriver _transfers = null!;

    public Task InitializeAsync()
    {
        Use(isWhole: true);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Restore_OfADeletedIndex_IsEqualItemByItemAndEmbedsNothing(bool isWhole)
    {
        await _app.DisposeAsync();
        Use(isWhole);
        await IngestAsync();
        var before = await ItemsAsync();
        Assert.Equal(8, before.Count);
        var export = await _transfers.ExportAsync();
        AssertEnded(export, "completed");
        Assert.Equal((3, 8), (export.GetProperty("counts").GetProperty("documents").GetInt32(), export.GetProperty("counts").GetProperty("chunks").GetInt32()));

        await DeleteIndexAsync();
        Assert.Empty(await ItemsAsync());
        _app.Gateway.Embedded.Clear();
        // What this instance remembers of vectors is gone with it.
        await RestartAsync(isWhole);
        var restore = await _transfers.RestoreAsync(new { manifest = export.GetProperty("manifest").GetString() });
        AssertEnded(restore, "completed");
        Assert.Equal((3, 3), (restore.GetProperty("documents").GetInt32(), restore.GetProperty("built").GetInt32()));
        Assert.Empty(_app.Gateway.Embedded);
        Assert.Equal(1, (await StateAsync()).Serving.Number);
        Assert.Equal(before, await ItemsAsync());
        Assert.Empty(await LeftoversAsync(restore));
        var found = await _app.Get<Retriever>().FindAsync(new RetrievalQuery(_app.Collection, "tulips", 3) { Mode = RetrievalMode.Vector }, Caller.System, default);
        Assert.Equal("b.md", found.Chunks[0].Document);
    }

    [Fact]
    public async Task Restore_KilledAtEveryStep_ComesOutTheSame()
    {
        await IngestAsync();
        var before = await ItemsAsync();
        var manifest = (await _transfers.ExportAsync()).GetProperty("manifest").GetString();
        for (var at = 0; ; at++)
        {
            var ends = 0;
            foreach (var ran in (bool[])[false, true])
            {
                await DeleteIndexAsync();
                _app.Gateway.Embedded.Clear();
                await RestartAsync(isWhole: true);
                _transfers.Kill = (at, ran);
                AssertEnded(await _transfers.RestoreAsync(new { manifest }), "completed");
                if (_transfers.Kill is not null) ends++;
                Assert.Empty(_app.Gateway.Embedded);
                Assert.Equal(before, await ItemsAsync());
            }

            if (ends == 2) break;
            Assert.True(at < 20, "It does not come to an end.");
        }
    }

    [Fact]
    public async Task Export_KilledAtEveryStep_HoldsTheSame()
    {
        await IngestAsync();
        var expected = await Stored.LinesAsync(await _transfers.ExportAsync());
        Assert.Equal(8, expected.Count);
        for (var at = 0; ; at++)
        {
            var ends = 0;
            foreach (var ran in (bool[])[false, true])
            {
                _transfers.Kill = (at, ran);
                var export = await _transfers.ExportAsync();
                AssertEnded(export, "completed");
                Assert.Equal(expected, await Stored.LinesAsync(export));
                if (_transfers.Kill is not null) ends++;
            }

            if (ends == 2) break;
            Assert.True(at < 20, "It does not come to an end.");
        }
    }

    /// <summary>A document with more chunks than a part takes, beside small ones.</summary>
    [Fact]
    public async Task Export_OfALargeDocument_GoesOnWhereAPartWasFull()
    {
        await _app.DisposeAsync();
        _app = new IngestionHarness(azure, new() { ["Ingestion:EmbedBatch"] = "64", ["Ingestion:ChunksPerStep"] = "1000" });
        _transfers = new TransferDriver(_app);
        await _app.IngestAsync("a.txt", "One.");
        await _app.IngestAsync("b.txt", string.Join("\n\n", Enumerable.Range(0, 1100).Select(i => $"Word{i} " + string.Join(' ', Enumerable.Range(0, 14).Select(j => $"w{i}x{j}")) + ".")));
        await _app.IngestAsync("c.txt", "Three.");
        var chunks = (await _app.StatusAsync("b.txt"))!.Chunks;
        Assert.True(chunks > ExportStep.MaxChunks, $"{chunks} chunks.");
        var export = await _transfers.ExportAsync();
        AssertEnded(export, "completed");
        var parts = await Stored.LinesAsync(export);
        Assert.Equal(chunks + 2, parts.Count);
        Assert.Equal(chunks + 2, parts.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("id").GetString()).Distinct().Count());
        Assert.Equal(3, export.GetProperty("counts").GetProperty("documents").GetInt32());

        await DeleteIndexAsync();
        _app.Gateway.Embedded.Clear();
        await RestartAsync(isWhole: true);
        AssertEnded(await _transfers.RestoreAsync(new { manifest = export.GetProperty("manifest").GetString() }), "completed");
        Assert.Empty(_app.Gateway.Embedded);
        Assert.Equal(chunks + 2, await _app.Get<ChunkCensus>().CountAsync((await StateAsync()).Serving.Index, _app.Collection, default));
    }

    [Fact]
    public async Task Restore_OfDocumentsThatChanged_FollowsTheDocuments()
    {
        await IngestAsync();
        var export = await _transfers.ExportAsync();
        await _app.IngestAsync("b.md", "# B\n\nDahlias like warmth.\n");
        await _app.SendAsync(await _app.DeleteBlobAsync("c.md"));
        await _app.Durable.RunAsync();
        await _app.IngestAsync("d.md", "# D\n\nPeonies like sun.\n");
        await DeleteIndexAsync();
        _app.Gateway.Embedded.Clear();
        await RestartAsync(isWhole: true);
        AssertEnded(await _transfers.RestoreAsync(new { manifest = export.GetProperty("manifest").GetString() }), "completed");
        var texts = (await _app.IndexedInAsync((await StateAsync()).Serving.Index)).Select(item => item.Text).ToList();
        Assert.Contains("Dahlias like warmth.", texts);
        Assert.Contains("Peonies like sun.", texts);
        Assert.DoesNotContain("Tulips like cold.", texts);
        Assert.DoesNotContain("Lilies like shade.", texts);
        // Of what the export knows nothing is embedded.
        Assert.Equal(2, _app.Gateway.Embedded.Count);
    }

    /// <summary>Who may see a document is what is said now, not what was said when it was written out.</summary>
    [Fact]
    public async Task Restore_OfADocumentThatWasClosed_StaysClosed()
    {
        await IngestAsync();
        var export = await _transfers.ExportAsync();
        await _app.PutBlobAsync("b.md.acl.json", """{"groups":["board"]}""");
        await _app.SendAsync(_app.Event("Microsoft.Storage.BlobCreated", "b.md.acl.json", null));
        await _app.Durable.RunAsync();
        await DeleteIndexAsync();
        await RestartAsync(isWhole: true);
        AssertEnded(await _transfers.RestoreAsync(new { manifest = export.GetProperty("manifest").GetString() }), "completed");
        var staff = new Caller("somebody", ["staff"], IsOperator: false);
        var found = await _app.Get<Retriever>().FindAsync(new RetrievalQuery(_app.Collection, "tulips", 8) { Mode = RetrievalMode.Hybrid }, staff, default);
        Assert.DoesNotContain(found.Chunks, chunk => chunk.Document == "b.md");
    }

    /// <summary>The app's own state is gone too: documents that come after find their vectors.</summary>
    [Fact]
    public async Task Restore_BeforeTheDocuments_IsTheFirstGeneration()
    {
        await IngestAsync();
        var export = await _transfers.ExportAsync();
        var manifest = export.GetProperty("manifest").GetString();
        var model = _app.Gateway.Model;
        await _app.DisposeAsync();
        Use(isWhole: true);
        _app.Gateway.Model = model;
        // The only version of the route that there is.
        AssertEnded(await _transfers.RestoreAsync(new { manifest }), "completed");
        Assert.Equal((0, true), ((await StateAsync()).Serving.Number, (await StateAsync()).Serving.Restore is not null));
    }

    [Theory]
    [InlineData("changed", "part_damaged", "checksum")]
    [InlineData("cut", "part_damaged", "bytes where")]
    [InlineData("gone", "part_damaged", "is not there")]
    [InlineData("longer", "part_damaged", "bytes where")]
    [InlineData("line", "part_damaged", "lines where")]
    [InlineData("vector", "part_damaged", "numbers in line 1")]
    [InlineData("document", "part_damaged", "another document or model")]
    [InlineData("manifest cut", "manifest_damaged", "cut or changed")]
    [InlineData("manifest empty", "manifest_damaged", "cut or changed")]
    [InlineData("manifest gone", "manifest_not_found", "no blob")]
    [InlineData("manifest field", "manifest_damaged", "lacks a field")]
    [InlineData("manifest counts", "manifest_damaged", "counts")]
    [InlineData("manifest of later", "manifest_unknown", "'version' is 2")]
    [InlineData("manifest of others", "manifest_unknown", "'format'")]
    [InlineData("dimensions", "dimensions_differ", "65")]
    [InlineData("model", "model_differs", "another model")]
    [InlineData("tokens", "settings_differ", "'chunk_tokens' 16")]
    [InlineData("strategy", "settings_differ", "'chunk_strategy' sentences")]
    public async Task Restore_OfWhatIsDamagedOrAnother_IsRefusedByNameAndNothingSwitches(string damage, string code, string words)
    {
        await IngestAsync();
        var before = await StateAsync();
        var items = await ItemsAsync();
        var export = await _transfers.ExportAsync();
        var name = export.GetProperty("manifest").GetString()!;
        await Stored.DamageAsync(damage, name);
        var restore = await _transfers.RestoreAsync(new { manifest = name });
        AssertEnded(restore, "failed");
        Assert.Equal(code, restore.GetProperty("error_code").GetString());
        Assert.Contains(words, restore.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal((before.Serving.Number, before.Serving.Index), ((await StateAsync()).Serving.Number, (await StateAsync()).Serving.Index));
        if (damage is not ("model" or "tokens" or "strategy")) Assert.Equal(before, await StateAsync());
        Assert.Equal(items, await ItemsAsync());
        Assert.Empty(await LeftoversAsync(restore));
    }

    [Fact]
    public async Task Restore_WhileOneIsUnderWay_IsRefused()
    {
        await IngestAsync();
        var durable = new InMemoryDurable(_app.Get<TransferActivities>(), TransferOrchestrator.RunAsync);
        var body = new { manifest = "a/manifest.json" };
        await _transfers.AnswerAsync(request => _app.Get<ExportFunctions>().RestoreAsync(request, durable), body);
        var refused = await Assert.ThrowsAsync<GatewayException>(() => _transfers.AnswerAsync(request => _app.Get<ExportFunctions>().RestoreAsync(request, durable), body));
        Assert.Equal((409, "restore_running"), (refused.Status, refused.Error.Code));
    }

    /// <summary>The settings change while it is built: what they ask for takes its place.</summary>
    [Fact]
    public async Task Restore_OvertakenByOtherSettings_IsSuperseded()
    {
        await IngestAsync();
        var export = await _transfers.ExportAsync();
        var changed = false;
        _transfers.BeforeStep = () =>
        {
            if (changed || StateAsync().GetAwaiter().GetResult().Building is not { Restore: not null }) return;
            changed = true;
            var settings = new CollectionSettings { EmbeddingsRoute = _app.Route, ChunkTokens = 32 };
            _app.Get<CollectionStore>().SaveAsync(_app.Collection, settings, default).GetAwaiter().GetResult();
            _app.Get<GenerationPlanner>().ReviewAsync(_app.Collection, settings, default).GetAwaiter().GetResult();
        };
        AssertEnded(await _transfers.RestoreAsync(new { manifest = export.GetProperty("manifest").GetString() }), "superseded");
        Assert.True(changed);
        Assert.Equal(32, ((await StateAsync()).Building ?? (await StateAsync()).Serving).ChunkTokens);
    }

    [Fact]
    public async Task Export_OfWhatIsNotWhole_NamesIt()
    {
        await IngestAsync();
        var (manifest, _) = await _app.Get<ManifestStore>().ReadAsync(_app.Name("b.md"), 0, default);
        await _app.Get<ChunkWriter>().DeleteAsync(manifest.Index!, [manifest.All.First().Id], default);
        await _app.SendAsync(await _app.PutBlobAsync("bad.zip", BinaryData.FromString("no zip")));
        await _app.Durable.RunAsync();
        var export = await _transfers.ExportAsync();
        AssertEnded(export, "completed");
        Assert.Equal(2, export.GetProperty("failures").GetInt32());
        Assert.Equal(
            [("b.md", "chunks_missing"), ("bad.zip", "not_ready")],
            export.GetProperty("failed").EnumerateArray().Select(failure => (failure.GetProperty("name").GetString(), failure.GetProperty("code").GetString())));
    }

    [Fact]
    public async Task Requests_ThatAreWrong_AreRefusedByField()
    {
        await IngestAsync();
        await RefusedAsync(_app.Get<ExportFunctions>().StartAsync, new { container = "documents" }, "container");
        await RefusedAsync(_app.Get<ExportFunctions>().StartAsync, new { container = "Not-A-Container" }, "container");
        await RefusedAsync(_app.Get<ExportFunctions>().StartAsync, new { folder = "../up/" }, "folder");
        await RefusedAsync(_app.Get<ExportFunctions>().StartAsync, new { prefix = "a" }, "prefix");
        await RefusedAsync(_app.Get<ExportFunctions>().RestoreAsync, new { container = "exports" }, "manifest");
        await RefusedAsync(_app.Get<ExportFunctions>().RestoreAsync, new { container = "config", manifest = "m" }, "container");
        var nobody = new Caller("somebody", ["staff"], IsOperator: false);
        foreach (var call in (Func<Microsoft.AspNetCore.Http.HttpRequest, Task<Microsoft.AspNetCore.Mvc.IActionResult>>[])
            [request => _app.Get<ExportFunctions>().StartAsync(request, _app.Durable), _app.Get<ExportFunctions>().GetAsync, request => _app.Get<ExportFunctions>().RestoreAsync(request, _app.Durable), _app.Get<ExportFunctions>().GetRestoreAsync])
            Assert.Equal(403, (await Assert.ThrowsAsync<GatewayException>(() => _transfers.AnswerAsync(call, new { }, caller: nobody))).Status);
        foreach (var id in (string?[])[null, "x", "../../clients/0000000000000000000", new string('0', 32)])
            Assert.Equal(404, (await Assert.ThrowsAsync<GatewayException>(() => _transfers.AnswerAsync(_app.Get<ExportFunctions>().GetAsync, id: id))).Status);
    }

    private async Task RefusedAsync(
        Func<Microsoft.AspNetCore.Http.HttpRequest, Microsoft.DurableTask.Client.DurableTaskClient, Task<Microsoft.AspNetCore.Mvc.IActionResult>> call, object body, string field)
    {
        var refused = await Assert.ThrowsAsync<GatewayException>(() => _transfers.AnswerAsync(request => call(request, _app.Durable), body));
        Assert.Equal((400, field), (refused.Status, refused.Error.Param));
    }

    private void Use(bool isWhole)
    {
        _app = new IngestionHarness(azure, isWhole: isWhole);
        _transfers = new TransferDriver(_app);
    }

    // Another instance of the app, which knows of the collection what lies in storage.
    private async Task RestartAsync(bool isWhole)
    {
        var (collection, route, gateway) = (_app.Collection, _app.Route, _app.Gateway);
        await _app.DisposeAsync();
        _app = new IngestionHarness(azure, isWhole: isWhole, again: (collection, route, gateway));
        _transfers = new TransferDriver(_app);
    }

    private async Task IngestAsync()
    {
        await _app.IngestAsync("a.md", "# A\n\nRoses like water.\n\n# Care\n\nPrune them in March.\n\n# Soil\n\nLoam with compost.\n");
        await _app.IngestAsync("b.md", "# B\n\nTulips like cold.\n\n# Bulbs\n\nPlant them deep.\n");
        await _app.Get<IngestionContainers>().Documents.GetBlobClient($"{_app.Collection}/c.md").UploadAsync(
            BinaryData.FromString("# C\n\nLilies like shade.\n\n# Pots\n\nTheir pots need holes.\n\n# More\n\nFeed them.\n"),
            new BlobUploadOptions { Metadata = new Dictionary<string, string> { ["groups"] = "staff", ["year"] = "2024" } });
        await _app.SendAsync(_app.Event("Microsoft.Storage.BlobCreated", "c.md", null));
        await _app.Durable.RunAsync();
    }

    private StoredExport Stored => new(_app);

    private async Task<GenerationState> StateAsync() => (await _app.Get<GenerationStore>().ReadAsync(_app.Collection, default))!;

    /// <summary>All fields of all items of the generation that serves, in order.</summary>
    private async Task<List<string>> ItemsAsync()
    {
        var options = new SearchOptions { Filter = SearchFilter.Create($"collection eq {_app.Collection}"), Size = 1000 };
        var items = new SortedDictionary<string, string>(StringComparer.Ordinal);
        try
        {
            var response = await _app.Get<SearchClients>().Chunks((await StateAsync()).Serving.Index).SearchAsync<JsonElement>("*", options);
            await foreach (var result in response.Value.GetResultsAsync()) items[result.Document.GetProperty("id").GetString()!] = result.Document.GetRawText();
        }
        catch (Azure.RequestFailedException failure) when (failure.Status == 404)
        {
        }

        return [.. items.Values];
    }

    private async Task DeleteIndexAsync() => await _app.Get<SearchClients>().Indexes.DeleteIndexAsync((await StateAsync()).Serving.Index);

    private async Task<List<string>> LeftoversAsync(JsonElement restore)
    {
        var names = new List<string>();
        await foreach (var blob in _app.Get<IngestionContainers>().Pipeline.GetBlobsAsync(new GetBlobsOptions { Prefix = $"restored/{restore.GetProperty("id").GetString()}/" })) names.Add(blob.Name);
        return names;
    }

    private static void AssertEnded(JsonElement run, string state) => Assert.True(run.GetProperty("state").GetString() == state && run.TryGetProperty("ended_at", out _), run.GetRawText());
}
