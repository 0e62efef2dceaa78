using System.Globalization;
using System.Text;
using Azure;
using Azure.Search.Documents;
using Azure.Search.Documents.Models;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Local.Loopback;

namespace Local.Tests.Search;

public sealed class IndexingTests
{
    [Fact]
    public async Task IndexDocuments_EveryAction_ReportsItsStatus()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var client = await fixture.CreateAsync(SearchFixture.Chunks());
        var batch = IndexDocumentsBatch.Create(
            IndexDocumentsAction.Upload(new SearchDocument { ["id"] = "1", ["content"] = "old", ["number"] = 1 }),
            IndexDocumentsAction.Merge(new SearchDocument { ["id"] = "1", ["number"] = 2 }),
            IndexDocumentsAction.MergeOrUpload(new SearchDocument { ["id"] = "2" }),
            IndexDocumentsAction.Merge(new SearchDocument { ["id"] = "missing" }),
            IndexDocumentsAction.Delete(new SearchDocument { ["id"] = "absent" }),
            IndexDocumentsAction.Upload(new SearchDocument { ["id"] = "not/allowed" }),
            IndexDocumentsAction.Upload(new SearchDocument { ["id"] = "3", ["nothing"] = 1 }),
            IndexDocumentsAction.Upload(new SearchDocument { ["id"] = "4", ["vector"] = new[] { 1f } }));
        var response = await client.IndexDocumentsAsync(batch);
        Assert.Equal(207, response.GetRawResponse().Status);
        Assert.Equal([201, 200, 201, 404, 200, 400, 400, 400], response.Value.Results.Select(result => result.Status));
        Assert.Contains("'vector' has 3 dimensions", response.Value.Results[7].ErrorMessage, StringComparison.Ordinal);
        var merged = (await client.GetDocumentAsync<SearchDocument>("1")).Value;
        Assert.Equal(("old", 2), (merged["content"], merged["number"]));
        Assert.Equal(2, (await client.GetDocumentCountAsync()).Value);
    }

    [Fact]
    public async Task Upload_Existing_ReplacesTheWholeDocument()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var client = await fixture.CreateAsync(SearchFixture.Chunks());
        await client.UploadDocumentsAsync([new SearchDocument { ["id"] = "1", ["content"] = "old words", ["groups"] = new[] { "a" } }]);
        await client.UploadDocumentsAsync([new SearchDocument { ["id"] = "1", ["number"] = 1 }]);
        var document = (await client.GetDocumentAsync<SearchDocument>("1")).Value;
        Assert.Null(document["content"]);
        Assert.Empty(document.GetStringCollection("groups"));
        Assert.Equal(0, (await client.SearchAsync<SearchDocument>("old", new() { IncludeTotalCount = true })).Value.TotalCount);
    }

    [Fact]
    public async Task ThrowOnAnyError_InjectedFault_NamesTheKey()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var client = await fixture.CreateAsync(SearchFixture.Chunks());
        fixture.Emulator.Faults.FailActions("2", 503);
        SearchDocument[] documents = [new() { ["id"] = "1" }, new() { ["id"] = "2" }];
        var failure = await Assert.ThrowsAsync<AggregateException>(() => client.UploadDocumentsAsync(documents, new IndexDocumentsOptions { ThrowOnAnyError = true }));
        Assert.Contains("2", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await client.GetDocumentCountAsync()).Value);
        Assert.Equal(200, (await client.UploadDocumentsAsync(documents)).GetRawResponse().Status);
    }

    [Fact]
    public async Task BufferedSender_InjectedFaults_SendsAgainUntilAllIsIn()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var client = await fixture.CreateAsync(SearchFixture.Chunks());
        fixture.Emulator.Faults.FailActions("b", 503, 2);
        await using var sender = new SearchIndexingBufferedSender<SearchDocument>(client, new() { AutoFlush = false, KeyFieldAccessor = document => (string)document["id"] });
        await sender.UploadDocumentsAsync(new[] { "a", "b", "c" }.Select(id => new SearchDocument { ["id"] = id }));
        await sender.FlushAsync();
        Assert.Equal(3, (await client.GetDocumentCountAsync()).Value);
    }

    [Fact]
    public async Task TooManyActions_OrBytes_AreRefusedWith413()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var client = await fixture.CreateAsync(SearchFixture.Chunks());
        var many = Enumerable.Range(0, 1001).Select(i => new SearchDocument { ["id"] = i.ToString(CultureInfo.InvariantCulture) });
        Assert.Equal(413, (await Assert.ThrowsAsync<RequestFailedException>(() => client.UploadDocumentsAsync(many))).Status);

        using var http = new HttpClient();
        var big = new ByteArrayContent(Encoding.UTF8.GetBytes($$"""{"value":[{"id":"1","content":"{{new string('x', 17 * 1024 * 1024)}}"}]}"""));
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(fixture.Emulator.BaseAddress, "/indexes('chunks')/docs/search.index?api-version=2023-11-01")) { Content = big };
        request.Headers.Add("api-key", SearchFixture.AdminKey);
        request.Headers.ExpectContinue = true;
        using var response = await http.SendAsync(request);
        Assert.Equal(413, (int)response.StatusCode);
    }

    [Fact]
    public async Task Throttled_WithRetryAfter_SdkRetries()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var client = await fixture.CreateAsync(SearchFixture.Chunks());
        fixture.Emulator.Faults.FailRequests(2, 503, TimeSpan.Zero);
        Assert.Equal(0, (await client.GetDocumentCountAsync()).Value);
        fixture.Emulator.Faults.FailRequests(20, 503, TimeSpan.Zero);
        Assert.Equal(503, (await Assert.ThrowsAsync<RequestFailedException>(() => client.GetDocumentCountAsync())).Status);
    }

    [Fact]
    public async Task VisibilityDelay_Write_IsSeenOnlyAfterIt()
    {
        var time = new ManualTimeProvider();
        await using var fixture = await SearchFixture.StartAsync(time, TimeSpan.FromSeconds(2));
        var client = await fixture.CreateAsync(SearchFixture.Chunks());
        await client.UploadDocumentsAsync([new SearchDocument { ["id"] = "1", ["content"] = "figs" }]);
        Assert.Equal(0, (await client.GetDocumentCountAsync()).Value);
        Assert.Equal(404, (await Assert.ThrowsAsync<RequestFailedException>(() => client.GetDocumentAsync<SearchDocument>("1"))).Status);
        Assert.Equal([200], (await client.MergeDocumentsAsync([new SearchDocument { ["id"] = "1", ["number"] = 1 }])).Value.Results.Select(result => result.Status));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, (await client.GetDocumentCountAsync()).Value);
        Assert.Equal(1, (await client.GetDocumentAsync<SearchDocument>("1")).Value["number"]);
    }

    [Fact]
    public async Task Access_WithoutOrWithWrongCredentials_IsRefused()
    {
        await using var fixture = await SearchFixture.StartAsync();
        await fixture.CreateAsync(SearchFixture.Chunks());
        Assert.Equal(403, (await Assert.ThrowsAsync<RequestFailedException>(() => fixture.IndexesWithKey("wrong").GetIndexAsync("chunks"))).Status);
        Assert.Equal(401, (await Assert.ThrowsAsync<RequestFailedException>(() => fixture.Client("chunks", new LocalTokenCredential("wrong")).GetDocumentCountAsync())).Status);
        Assert.Equal("chunks", (await fixture.IndexesWithKey(SearchFixture.AdminKey).GetIndexAsync("chunks")).Value.Name);
        var reader = fixture.ClientWithKey("chunks", SearchFixture.QueryKey);
        Assert.Equal(0, (await reader.GetDocumentCountAsync()).Value);
        Assert.Equal(403, (await Assert.ThrowsAsync<RequestFailedException>(() => reader.UploadDocumentsAsync([new SearchDocument { ["id"] = "1" }]))).Status);
        using var http = new HttpClient();
        Assert.Equal(401, (int)(await http.GetAsync(new Uri(fixture.Emulator.BaseAddress, "/indexes?api-version=2023-11-01"))).StatusCode);
    }

    [Fact]
    public async Task AnyActions_ThenRestart_IndexEqualsAModel()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var action = from kind in Gen.Elements("upload", "merge", "mergeOrUpload", "delete")
                     from id in Gen.Choose(0, 5)
                     from number in Gen.Choose(0, 9)
                     from word in Gen.Elements(null, "fig", "rose", "tree")
                     select (Kind: kind, Id: id.ToString(CultureInfo.InvariantCulture), Number: number, Word: word);
        var run = 0;
        foreach (var batches in Gen.Sample(action.ListOf().ListOf(), 12))
        {
            var client = await fixture.CreateAsync(SearchFixture.Chunks($"model-{run++}"));
            var model = new SortedDictionary<string, (int? Number, string? Word)>(StringComparer.Ordinal);
            foreach (var batch in batches.Where(batch => batch.Count > 0))
            {
                var results = (await client.IndexDocumentsAsync(IndexDocumentsBatch.Create(batch.Select(ToAction).ToArray()))).Value.Results;
                Assert.Equal(batch.Select(item => Apply(model, item)), results.Select(result => result.Status));
            }

            foreach (var restarted in new[] { false, true })
            {
                var reader = restarted ? await RestartedAsync(fixture, client.IndexName) : client;
                var found = (await reader.SearchAsync<SearchDocument>("*", new() { OrderBy = { "id" } })).Value.GetResultsAsync();
                Assert.Equal(model.Select(pair => (pair.Key, pair.Value.Number, pair.Value.Word)), await found.Select(hit => ((string)hit.Document["id"], hit.Document.GetInt32("number"), (string?)hit.Document.GetString("content"))).ToListAsync());
                var figs = (await reader.SearchAsync<SearchDocument>("figs", new() { OrderBy = { "id" } })).Value.GetResultsAsync();
                Assert.Equal(model.Where(pair => pair.Value.Word == "fig").Select(pair => pair.Key), await figs.Select(hit => (string)hit.Document["id"]).ToListAsync());
            }
        }
    }

    private static async Task<SearchClient> RestartedAsync(SearchFixture fixture, string index)
    {
        await fixture.RestartAsync();
        return fixture.Client(index);
    }

    private static IndexDocumentsAction<SearchDocument> ToAction((string Kind, string Id, int Number, string? Word) item)
    {
        var document = new SearchDocument { ["id"] = item.Id, ["number"] = item.Number };
        if (item.Word is not null)
            document["content"] = item.Word;
        return new IndexDocumentsAction<SearchDocument>(
            item.Kind switch
            {
                "upload" => IndexActionType.Upload,
                "merge" => IndexActionType.Merge,
                "mergeOrUpload" => IndexActionType.MergeOrUpload,
                _ => IndexActionType.Delete,
            },
            document);
    }

    private static int Apply(SortedDictionary<string, (int? Number, string? Word)> model, (string Kind, string Id, int Number, string? Word) item)
    {
        var exists = model.TryGetValue(item.Id, out var current);
        switch (item.Kind)
        {
            case "delete":
                model.Remove(item.Id);
                return 200;
            case "merge" when !exists:
                return 404;
            case "upload":
                model[item.Id] = (item.Number, item.Word);
                break;
            default:
                model[item.Id] = (item.Number, item.Word ?? current.Word);
                break;
        }

        return exists ? 200 : 201;
    }
}
