using System.Text.Json;
using Azure.Storage.Blobs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Transfers;
using Serverless.Functions.Ingestion.Transfers.Imports;
using Serverless.Functions.Ingestion.Transfers.Restores;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion.Transfers;

/// <summary>A collection's transfers are listed, cancelled and forgotten.</summary>
[Collection(AzureCollection.Name)]
public sealed class TransferEndTests : IAsyncLifetime
{
    private readonly string _container = "s" + Guid.NewGuid().ToString("N")[..12];
    private readonly IngestionHarness _app;
    private readonly TransferDriver _transfers;
    private readonly BlobContainerClient _source;

    public TransferEndTests(AzureServices azure)
    {
        _app = new IngestionHarness(azure, new() { ["Ingestion:MaxDocumentBytes"] = "1000", ["Ingestion:ImportContainers"] = _container });
        _transfers = new TransferDriver(_app);
        _source = _app.Get<BlobServiceClient>().GetBlobContainerClient(_container);
    }

    private ImportFunctions Imports => _app.Get<ImportFunctions>();

    private ExportFunctions Exports => _app.Get<ExportFunctions>();

    public Task InitializeAsync() => _source.CreateAsync();

    public async Task DisposeAsync()
    {
        await _source.DeleteIfExistsAsync();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task List_OfAllKinds_IsOfTheCollectionNewestFirstAndInPages()
    {
        await _source.UploadBlobAsync("a.txt", BinaryData.FromString("A text."));
        Assert.Empty((await _transfers.AnswerAsync(Imports.ListAsync)).GetProperty("imports").EnumerateArray());
        var ids = new List<string>();
        for (var i = 0; i < 3; i++) ids.Insert(0, (await _transfers.ImportAsync(new { container = _container })).GetProperty("id").GetString()!);

        var first = await _transfers.AnswerAsync(Imports.ListAsync, query: "?top=2");
        Assert.Equal(ids[..2], Ids(first, "imports"));
        Assert.Equal(["completed", "completed"], first.GetProperty("imports").EnumerateArray().Select(run => run.GetProperty("state").GetString()));
        var second = await _transfers.AnswerAsync(Imports.ListAsync, query: $"?top=2&page_token={first.GetProperty("next_page_token").GetString()}");
        Assert.Equal(ids[2..], Ids(second, "imports"));
        Assert.False(second.TryGetProperty("next_page_token", out _));
        Assert.Empty(Ids(await _transfers.AnswerAsync(Exports.ListAsync), "exports"));
        Assert.Empty(Ids(await _transfers.AnswerAsync(Exports.ListRestoresAsync), "restores"));
        await _app.IngestAsync("fig.md", "# Fig\n\nA fig likes light.\n");
        var export = await _transfers.ExportAsync();
        Assert.Equal([export.GetProperty("id").GetString()], Ids(await _transfers.AnswerAsync(Exports.ListAsync), "exports"));
    }

    [Theory]
    [InlineData("?top=0", "top")]
    [InlineData("?top=201", "top")]
    [InlineData("?page_token=x", "page_token")]
    public async Task List_WrongParameter_IsRefusedByName(string query, string named) =>
        Assert.Equal(named, (await Assert.ThrowsAsync<GatewayException>(() => _transfers.AnswerAsync(Imports.ListAsync, query: query))).Error.Param);

    /// <summary>Cancelled between two steps: what was brought in by then stays, and nothing more comes.</summary>
    [Fact]
    public async Task Delete_AnImportUnderWay_EndsItBeforeItsNextStep()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, (2 * ImportStep.PageSize) + 5), async (i, stop) => await _source.UploadBlobAsync($"{i:D3}.txt", BinaryData.FromString($"Text {i}."), stop));
        JsonElement? cancelling = null;
        _transfers.BeforeStep = () =>
        {
            if (_transfers.Steps != 1) return;
            var id = Ids(_transfers.AnswerAsync(Imports.ListAsync).GetAwaiter().GetResult(), "imports").Single();
            cancelling = _transfers.AnswerAsync(Imports.DeleteAsync, id: id).GetAwaiter().GetResult();
            Assert.Equal("cancelling", _transfers.AnswerAsync(Imports.GetAsync, id: id).GetAwaiter().GetResult().GetProperty("state").GetString());
            Assert.Equal("cancelling", _transfers.AnswerAsync(Imports.ListAsync).GetAwaiter().GetResult().GetProperty("imports")[0].GetProperty("state").GetString());
        };
        var import = await _transfers.ImportAsync(new { container = _container });
        Assert.Equal("cancelling", cancelling!.Value.GetProperty("state").GetString());
        Assert.Equal(("cancelled", ImportStep.PageSize), (import.GetProperty("state").GetString(), import.GetProperty("counts").GetProperty("written").GetInt32()));
        Assert.False(import.TryGetProperty("error", out _));
        Assert.NotEqual(JsonValueKind.Undefined, import.GetProperty("ended_at").ValueKind);
        Assert.Equal(2, _transfers.Steps);

        // Asked once more, what has ended is forgotten, and the next import goes its way.
        var forgotten = import.GetProperty("id").GetString()!;
        _transfers.BeforeStep = null;
        await ForgetAsync(forgotten, Imports.DeleteAsync);
        Assert.Equal("import_not_found", (await Assert.ThrowsAsync<GatewayException>(() => _transfers.AnswerAsync(Imports.GetAsync, id: forgotten))).Error.Code);
        Assert.Equal("completed", (await _transfers.ImportAsync(new { container = _container })).GetProperty("state").GetString());
    }

    /// <summary>What could not be moved goes with the transfer that could not move it, and of other transfers nothing.</summary>
    [Fact]
    public async Task Delete_WhatHasEnded_TakesItsFailuresAlong()
    {
        await _source.UploadBlobAsync("z.txt", BinaryData.FromString(new string('x', 2000)));
        var (first, second) = (await _transfers.ImportAsync(new { container = _container }), await _transfers.ImportAsync(new { container = _container }));
        Assert.Equal(1, first.GetProperty("failures").GetInt32());
        await ForgetAsync(first.GetProperty("id").GetString()!, Imports.DeleteAsync);
        Assert.Equal([second.GetProperty("id").GetString()], Ids(await _transfers.AnswerAsync(Imports.ListAsync), "imports"));
        Assert.Equal("z.txt", (await _transfers.AnswerAsync(Imports.GetAsync, id: second.GetProperty("id").GetString())).GetProperty("failed")[0].GetProperty("name").GetString());
        Assert.Equal("import_not_found", (await Assert.ThrowsAsync<GatewayException>(() => _transfers.AnswerAsync(Imports.DeleteAsync, id: first.GetProperty("id").GetString()))).Error.Code);
    }

    [Fact]
    public async Task Delete_ARestoreWhoseGenerationIsBuilt_Is409AndStopsNothing()
    {
        var run = new RestoreRun { Id = new string('a', 32), Collection = _app.Collection, StartedAt = DateTimeOffset.UnixEpoch, Container = "exports", Manifest = "m", State = TransferState.Building };
        await _app.Get<TransferStore>().WriteAsync(run, default);
        var refused = await Assert.ThrowsAsync<GatewayException>(() => _transfers.AnswerAsync(Exports.DeleteRestoreAsync, id: run.Id));
        Assert.Equal((409, "restore_building"), (refused.Status, refused.Error.Code));
        Assert.False(await _app.Get<TransferStore>().IsToEndAsync(TransferKind.Restore, run.Collection, run.Id, default));
    }

    [Fact]
    public async Task ListAndDelete_ByWhoMayNot_AreRefused()
    {
        var stranger = new Caller("stranger", ["others"], IsOperator: false);
        await _app.IngestAsync("fig.md", "# Fig\n\nA fig likes light.\n");
        await Assert.ThrowsAsync<GatewayException>(() => _transfers.AnswerAsync(Exports.ListAsync, caller: stranger));
        await Assert.ThrowsAsync<GatewayException>(() => _transfers.AnswerAsync(Exports.DeleteAsync, id: new string('a', 32), caller: stranger));
        await Assert.ThrowsAsync<GatewayException>(() => _transfers.AnswerAsync(Exports.DeleteRestoreAsync, id: new string('a', 32), caller: stranger));
        await Assert.ThrowsAsync<GatewayException>(() => _transfers.AnswerAsync(Imports.ListAsync, caller: stranger));
        await Assert.ThrowsAsync<GatewayException>(() => _transfers.AnswerAsync(Imports.DeleteAsync, id: new string('a', 32), caller: stranger));
    }

    private static IEnumerable<string?> Ids(JsonElement list, string name) => list.GetProperty(name).EnumerateArray().Select(run => run.GetProperty("id").GetString());

    private async Task ForgetAsync(string id, Func<HttpRequest, Task<IActionResult>> delete)
    {
        var request = DocumentFunctionsTests.RequestTo(_app, TransferDriver.Operator, null, "");
        request.RouteValues["id"] = id;
        Assert.Equal(204, Assert.IsType<StatusCodeResult>(await delete(request)).StatusCode);
    }
}
