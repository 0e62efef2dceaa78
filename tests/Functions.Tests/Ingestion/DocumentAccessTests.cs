using System.Text;
using System.Text.Json;
using Azure.Storage.Blobs.Models;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.Access;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion;

/// <summary>Documents that not everybody may see who may see their collection.</summary>
[Collection(AzureCollection.Name)]
public sealed class DocumentAccessTests(AzureServices azure) : IAsyncLifetime
{
    private static readonly Caller Ann = new("ann", ["staff"], IsOperator: false);
    private static readonly Caller Bob = new("bob", ["leads"], IsOperator: false);
    private static readonly Caller Operator = new("operator", ["*"], IsOperator: true);

    private readonly IngestionHarness _app = new(azure);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Metadata_OfTheBlob_SaysWhoFindsIt()
    {
        await IngestAsync("a.txt", "Ferns like shade.", new() { ["groups"] = "staff,%2C", ["users"] = "carl" });
        Assert.Single(await FoundAsync(Ann));
        Assert.Empty(await FoundAsync(Bob));
        Assert.Single(await FoundAsync(new Caller("carl", [], IsOperator: false)));
        Assert.Single(await FoundAsync(Operator));
    }

    [Fact]
    public async Task Groups_OfAnyCharacters_AreOneNameEach()
    {
        await IngestAsync("a.txt", "Ferns like shade.", new() { ["groups"] = "leads%7Cx" });
        Assert.Empty(await FoundAsync(Bob));
        Assert.Empty(await FoundAsync(new Caller("eve", ["x", "leads|", "|x", "leads' or true or '", "*x"], IsOperator: false)));
        Assert.Single(await FoundAsync(new Caller("dan", ["staff", "leads|x"], IsOperator: false)));
    }

    [Fact]
    public async Task Sidecar_WrittenChangedAndDeleted_ReindexesWithoutEmbedding()
    {
        await _app.IngestAsync("a.txt", "Ferns like shade.");
        Assert.Single(await FoundAsync(Bob));
        var embedded = _app.Gateway.Embedded.Count;

        await _app.IngestAsync("a.txt.acl.json", """{"groups":["staff"]}""");
        Assert.Single(await FoundAsync(Ann));
        Assert.Empty(await FoundAsync(Bob));
        await _app.IngestAsync("a.txt.acl.json", """{"users":["bob"]}""");
        Assert.Empty(await FoundAsync(Ann));
        Assert.Single(await FoundAsync(Bob));
        await _app.SendAsync(await _app.DeleteBlobAsync("a.txt.acl.json"));
        await _app.Durable.RunAsync();
        Assert.Single(await FoundAsync(Ann));
        Assert.Equal(embedded, _app.Gateway.Embedded.Count);
        Assert.Null(await _app.StatusAsync("a.txt.acl.json"));
    }

    [Fact]
    public async Task Sidecar_ThatCannotBeRead_HidesItsDocument()
    {
        await _app.IngestAsync("a.txt", "Ferns like shade.");
        await _app.IngestAsync("a.txt.acl.json", """{"group":["staff"]}""");
        var status = await _app.StatusAsync("a.txt");
        Assert.Equal(DocumentState.Failed, status!.State);
        Assert.Contains(".acl.json", status.Error, StringComparison.Ordinal);
        Assert.Empty(await FoundAsync(Operator));
        Assert.Empty(await ListedAsync(Ann));
        Assert.Equal(404, await StatusOfGetAsync("a.txt", Ann, ""));
    }

    [Fact]
    public async Task Document_OneMayNotSee_IsAbsentOnEveryPath()
    {
        await IngestAsync("secret.txt", "Ferns like shade.", new() { ["groups"] = "staff" });
        await _app.IngestAsync("open.txt", "Roses like sun.");
        Assert.Equal(["open.txt", "secret.txt"], await ListedAsync(Ann));
        Assert.Equal(["open.txt"], await ListedAsync(Bob));
        Assert.Equal(["open.txt"], await ListedAsync(Bob, "?top=1"));
        foreach (var query in (string[])["", "?content=text"])
        {
            Assert.Equal(200, await StatusOfGetAsync("secret.txt", Ann, query));
            Assert.Equal(404, await StatusOfGetAsync("secret.txt", Bob, query));
            Assert.Equal(404, await StatusOfGetAsync("secret.txt.acl.json", Operator, query));
        }

        var settings = new RagSettings { EmbeddingsRoute = _app.Route, CompletionsRoute = "llama", Collection = _app.Collection };
        var plan = await _app.Get<IAnswerPlanner>().PlanAsync(settings, new AnswerQuestion("What do ferns like?"), null, 50, Bob, default);
        Assert.All(plan.Citations, citation => Assert.Equal("open.txt", citation.Document));
        Assert.DoesNotContain("shade", plan.User, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"groups":[],"users":[]}""")]
    [InlineData("""{"groups":"staff"}""")]
    [InlineData("""{"groups":["a\u0007b"]}""")]
    [InlineData("""{"groups":[""]}""")]
    [InlineData("""{"groups":["a"],"groups":["b"]}""")]
    [InlineData("""["staff"]""")]
    [InlineData("")]
    public void Sidecar_Wrong_IsRefused(string text)
    {
        var (access, reason) = AccessSidecar.Read(Encoding.UTF8.GetBytes(text));
        Assert.Null(access);
        Assert.NotNull(reason);
    }

    [Fact]
    public void Metadata_Written_IsReadBack()
    {
        string[] names = ["staff", "a,b", "ü ß", "it's"];
        var (access, _) = AccessMetadata.Read(new Dictionary<string, string> { ["Groups"] = AccessMetadata.Write(names) });
        Assert.Equal(names.Order(StringComparer.Ordinal), access!.Groups);
        var status = new DocumentStatus { State = DocumentState.Ready, Access = access };
        Assert.Equal(access, StatusMetadata.Read(StatusMetadata.Write(status)).Access);
        Assert.Equal(DocumentAccess.Everyone, StatusMetadata.Read(StatusMetadata.Write(status with { Access = DocumentAccess.Everyone })).Access);
        Assert.Null(StatusMetadata.Read(StatusMetadata.Write(status with { Access = null })).Access);
    }

    private async Task IngestAsync(string path, string text, Dictionary<string, string> metadata)
    {
        await _app.Get<IngestionContainers>().EnsureCreatedAsync(default);
        var uploaded = await _app.Documents.GetBlobClient($"{_app.Collection}/{path}").UploadAsync(BinaryData.FromString(text), new BlobUploadOptions { Metadata = metadata });
        await _app.SendAsync(_app.Event("Microsoft.Storage.BlobCreated", path, uploaded.Value.ETag.ToString().Trim('"')));
        await _app.Durable.RunAsync();
    }

    private async Task<IReadOnlyList<string>> FoundAsync(Caller caller) =>
        [.. (await _app.Get<Retriever>().FindAsync(new RetrievalQuery(_app.Collection, "What do ferns like?", 5), caller, default)).Chunks.Select(chunk => chunk.Document)];

    private async Task<IReadOnlyList<string?>> ListedAsync(Caller caller, string query = "")
    {
        var request = DocumentFunctionsTests.RequestTo(_app, caller, null, query);
        var body = await DocumentFunctionsTests.ExecuteAsync(request, await _app.Get<DocumentFunctions>().ListAsync(request, default));
        return [.. JsonDocument.Parse(body).RootElement.GetProperty("documents").EnumerateArray().Select(item => item.GetProperty("document").GetString())];
    }

    private async Task<int> StatusOfGetAsync(string path, Caller caller, string query)
    {
        var request = DocumentFunctionsTests.RequestTo(_app, caller, path, query);
        try
        {
            await _app.Get<DocumentFunctions>().GetAsync(request, default);
            return StatusCodes.Status200OK;
        }
        catch (GatewayException refused)
        {
            return refused.Status;
        }
    }
}
