using System.Text.Json;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Reconcile;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion;

/// <summary>A blob of ingestion's state is cut off or overwritten: it is named, made again where what it held is known elsewhere, and harms no neighbour.</summary>
[Collection(AzureCollection.Name)]
public sealed class DamagedStateTests(AzureServices azure) : IAsyncLifetime
{
    private static readonly Caller Operator = new("operator", ["*"], IsOperator: true);

    private readonly IngestionHarness _app = new(azure, new() { ["Ingestion:ReconcileGraceSeconds"] = "0" });

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData("{\"index\":\"chunks")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("\u0000\u0001")]
    public async Task Manifest_Damaged_IsMadeAgainFromTheIndex(string content)
    {
        await _app.IngestAsync("a.md", "# A\n\nOne.\n\n# B\n\nTwo.\n");
        await _app.IngestAsync("b.txt", "Three.");
        await WriteAsync(_app.Get<IngestionContainers>().Manifests, _app.Name("a.md").Key, content);
        await _app.IngestAsync("a.md", "# A\n\nOne.\n\n# C\n\nFour.\n");
        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync("a.md"))!.State);
        Assert.Equal(["One.", "Four.", "Three."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
        var (manifest, _) = await _app.Get<ManifestStore>().ReadAsync(_app.Name("a.md"), 0, default);
        Assert.Equal(2, manifest.All.Count());

        await WriteAsync(_app.Get<IngestionContainers>().Manifests, _app.Name("a.md").Key, content);
        await _app.SendAsync(await _app.DeleteBlobAsync("a.md"));
        await _app.Durable.RunAsync();
        Assert.Equal(["Three."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nonsense")]
    [InlineData("99")]
    public async Task Status_Damaged_IsNamedAndMendedByTheNextReconciliation(string? state)
    {
        await _app.IngestAsync("a.txt", "One.");
        await _app.IngestAsync("b.txt", "Two.");
        var metadata = state is null ? null : new Dictionary<string, string> { ["state"] = state, ["percent"] = "x", ["updated"] = "then" };
        await _app.Get<IngestionContainers>().Status.GetBlobClient(_app.Name("a.txt").BlobName).UploadAsync(BinaryData.Empty, new BlobUploadOptions { Metadata = metadata });
        var listed = (await AnswerAsync(request => _app.Get<DocumentFunctions>().ListAsync(request, default))).GetProperty("documents").EnumerateArray().ToList();
        Assert.Equal(["failed", "ready"], listed.Select(document => document.GetProperty("state").GetString()));
        Assert.Contains("damaged", listed[0].GetProperty("error").GetString(), StringComparison.Ordinal);

        Assert.Equal(1, (await ReconcileAsync()).Counts.Outdated);
        await _app.DeliverQueuedAsync();
        Assert.Equal(DocumentState.Ready, (await _app.StatusAsync("a.txt"))!.State);
        Assert.Equal(["One.", "Two."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
        Assert.Equal(2, _app.Gateway.Embedded.Count);
    }

    [Theory]
    [InlineData("{\"embeddings_route\":")]
    [InlineData("{}")]
    [InlineData("null")]
    public async Task Settings_Damaged_AreNamedHarmNoOtherCollectionAndCanBePutAgain(string content)
    {
        await _app.IngestAsync("a.txt", "One.");
        await WriteAsync(_app.Get<IngestionContainers>().Config, $"collections/{_app.Collection}.json", content);
        var other = _app.Collection + "-other";
        await _app.Get<CollectionStore>().SaveAsync(other, new CollectionSettings { EmbeddingsRoute = _app.Route }, default);
        var listed = (await AnswerAsync(request => _app.Get<CollectionFunctions>().ListAsync(request, default))).GetProperty("collections").EnumerateArray().ToList();
        Assert.Equal($"config/collections/{_app.Collection}.json", listed.Single(view => view.GetProperty("collection").GetString() == _app.Collection).GetProperty("damaged").GetString());
        Assert.False(listed.Single(view => view.GetProperty("collection").GetString() == other).TryGetProperty("damaged", out _));
        var nobody = await AnswerAsync(request => _app.Get<CollectionFunctions>().ListAsync(request, default), caller: new Caller("somebody", [], IsOperator: false));
        Assert.DoesNotContain(nobody.GetProperty("collections").EnumerateArray(), view => view.GetProperty("collection").GetString() == _app.Collection);

        var refused = await Assert.ThrowsAsync<GatewayException>(() => AnswerAsync(request => _app.Get<CollectionFunctions>().GetAsync(request, default)));
        Assert.Equal((500, "state_damaged"), (refused.Status, refused.Error.Code));
        Assert.Contains($"config/collections/{_app.Collection}.json", refused.Error.Message, StringComparison.Ordinal);
        Assert.Equal((1, ReconcileRun.Completed), ((await ReconcileAsync()).Counts.Damaged, (await ReconcileAsync()).State));

        await AnswerAsync(request => _app.Get<CollectionFunctions>().PutAsync(request, default), new { embeddings_route = _app.Route });
        Assert.Equal(0, (await ReconcileAsync()).Counts.Damaged);
        Assert.Equal("One.", Assert.Single(await _app.IndexedAsync()).Text);
        await _app.Get<IngestionContainers>().Config.DeleteBlobIfExistsAsync($"collections/{other}.json");
    }

    [Theory]
    [InlineData("{\"serving\":")]
    [InlineData("{}")]
    public async Task Generations_Damaged_AreNamed(string content)
    {
        await _app.IngestAsync("a.txt", "One.");
        await WriteAsync(_app.Get<IngestionContainers>().Config, $"generations/{_app.Collection}.json", content);
        var view = await AnswerAsync(request => _app.Get<CollectionFunctions>().GetAsync(request, default));
        Assert.Equal($"config/generations/{_app.Collection}.json", view.GetProperty("damaged").GetString());
        Assert.Equal(1, (await ReconcileAsync()).Counts.Damaged);

        // Without it, the collection begins anew with what is there.
        await _app.Get<IngestionContainers>().Config.DeleteBlobAsync($"generations/{_app.Collection}.json");
        Assert.Equal(0, (await ReconcileAsync()).Counts.Damaged);
        await _app.IngestAsync("b.txt", "Two.");
        Assert.Equal(["One.", "Two."], (await _app.IndexedAsync()).Select(chunk => chunk.Text));
    }

    [Fact]
    public async Task LastReconciliation_Damaged_IsWrittenAnewByTheNext()
    {
        await _app.IngestAsync("a.txt", "One.");
        await ReconcileAsync();
        await WriteAsync(_app.Get<IngestionContainers>().Config, $"reconciles/{_app.Collection}.json", "{");
        await AnswerAsync(request => _app.Get<CollectionFunctions>().GetAsync(request, default));
        Assert.Equal(ReconcileRun.Completed, (await ReconcileAsync()).State);
    }

    private async Task<ReconcileRun> ReconcileAsync()
    {
        var durable = new InMemoryDurable(_app.Get<ReconcileActivities>(), ReconcileOrchestrator.RunAsync);
        await _app.Get<ReconcileStart>().RunAsync(durable, _app.Collection, deep: true, default);
        await durable.RunAsync();
        return (await _app.Get<ReconcileStore>().FindAsync(_app.Collection, default))!;
    }

    private static Task WriteAsync(BlobContainerClient container, string name, string content) => container.GetBlobClient(name).UploadAsync(BinaryData.FromString(content), overwrite: true);

    private async Task<JsonElement> AnswerAsync(Func<HttpRequest, Task<IActionResult>> call, object? body = null, Caller? caller = null)
    {
        var request = DocumentFunctionsTests.RequestTo(_app, caller ?? Operator, null);
        if (body is not null)
        {
            request.Body = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(body));
            request.ContentType = "application/json";
        }

        return JsonDocument.Parse(await DocumentFunctionsTests.ExecuteAsync(request, await call(request))).RootElement;
    }
}
