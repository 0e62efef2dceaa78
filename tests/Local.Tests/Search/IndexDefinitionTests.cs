using Azure;
using Azure.Search.Documents.Indexes.Models;
using Azure.Search.Documents.Models;

namespace Local.Tests.Search;

public sealed class IndexDefinitionTests
{
    [Fact]
    public async Task CreateIndex_ThenGetListAndDelete_BehavesLikeTheService()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var created = (await fixture.Indexes.CreateIndexAsync(SearchFixture.Chunks())).Value;
        Assert.NotNull(created.ETag);
        Assert.Equal(7, (await fixture.Indexes.GetIndexAsync("chunks")).Value.Fields.Count);
        Assert.Equal(3, created.Fields.Single(field => field.Name == "vector").VectorSearchDimensions);
        Assert.Equal(["chunks"], await fixture.Indexes.GetIndexNamesAsync().ToListAsync());
        Assert.Equal("chunks", Assert.Single(await fixture.Indexes.GetIndexesAsync().ToListAsync()).Name);
        Assert.Equal(204, (await fixture.Indexes.DeleteIndexAsync("chunks")).Status);
        Assert.Empty(await fixture.Indexes.GetIndexNamesAsync().ToListAsync());
    }

    [Fact]
    public async Task CreateIndex_Existing_Conflict()
    {
        await using var fixture = await SearchFixture.StartAsync();
        await fixture.Indexes.CreateIndexAsync(SearchFixture.Chunks());
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => fixture.Indexes.CreateIndexAsync(SearchFixture.Chunks()));
        Assert.Equal((409, "ResourceNameAlreadyInUse"), (refused.Status, refused.ErrorCode));
    }

    [Fact]
    public async Task GetIndex_Missing_NotFoundNamesIt()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var missing = await Assert.ThrowsAsync<RequestFailedException>(() => fixture.Indexes.GetIndexAsync("nothing"));
        Assert.Equal(404, missing.Status);
        Assert.Contains("No index with the name 'nothing' was found", missing.Message, StringComparison.Ordinal);
    }

    /// <summary>As by a service without a semantic ranker: what it would read can be declared, and is checked.</summary>
    [Fact]
    public async Task CreateIndex_SemanticConfiguration_IsKeptAndItsFieldsAreChecked()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var index = SearchFixture.Chunks();
        index.SemanticSearch = new() { Configurations = { new("default", new() { ContentFields = { new("content") } }) } };
        await fixture.Indexes.CreateIndexAsync(index);
        Assert.Equal("content", (await fixture.Indexes.GetIndexAsync("chunks")).Value.SemanticSearch.Configurations[0].PrioritizedFields.ContentFields[0].FieldName);
        foreach (var field in (string[])["vector", "nothing"])
        {
            index.SemanticSearch.Configurations[0].PrioritizedFields.ContentFields[0] = new(field);
            var refused = await Assert.ThrowsAsync<RequestFailedException>(() => fixture.Indexes.CreateOrUpdateIndexAsync(index));
            Assert.Equal(400, refused.Status);
            Assert.Contains($"'{field}'", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task UpdateIndex_StaleETag_PreconditionFailed()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var first = (await fixture.Indexes.CreateIndexAsync(SearchFixture.Chunks())).Value;
        first.Fields.Add(new SimpleField("extra", SearchFieldDataType.String));
        var second = (await fixture.Indexes.CreateOrUpdateIndexAsync(first, onlyIfUnchanged: true)).Value;
        Assert.NotEqual(first.ETag, second.ETag);
        var stale = await Assert.ThrowsAsync<RequestFailedException>(() => fixture.Indexes.CreateOrUpdateIndexAsync(first, onlyIfUnchanged: true));
        Assert.Equal(412, stale.Status);
        Assert.Equal(412, (await Assert.ThrowsAsync<RequestFailedException>(() => fixture.Indexes.DeleteIndexAsync(first, onlyIfUnchanged: true))).Status);
    }

    [Fact]
    public async Task UpdateIndex_AddedField_KeepsDocuments()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var client = await fixture.CreateAsync(SearchFixture.Chunks());
        await client.UploadDocumentsAsync([new SearchDocument { ["id"] = "1", ["content"] = "figs", ["vector"] = new[] { 1f, 0, 0 } }]);
        var index = SearchFixture.Chunks();
        index.Fields.Insert(1, new SearchableField("title"));
        await fixture.Indexes.CreateOrUpdateIndexAsync(index);
        var document = (await client.GetDocumentAsync<SearchDocument>("1")).Value;
        Assert.Equal("figs", document["content"]);
        Assert.Null(document["title"]);
    }

    [Fact]
    public async Task UpdateIndex_ChangedField_Refused()
    {
        await using var fixture = await SearchFixture.StartAsync();
        await fixture.CreateAsync(SearchFixture.Chunks());
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => fixture.Indexes.CreateOrUpdateIndexAsync(SearchFixture.Chunks(dimensions: 4)));
        Assert.Equal(400, refused.Status);
        Assert.Contains("'vector'", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Bad_Name", "Index name 'Bad_Name'")]
    [InlineData("x", "Index name 'x'")]
    public async Task CreateIndex_BadName_Refused(string name, string message)
    {
        await using var fixture = await SearchFixture.StartAsync();
        var index = SearchFixture.Chunks(name);
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => fixture.Indexes.CreateIndexAsync(index));
        Assert.Equal(400, refused.Status);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Statistics_AfterUpload_CountDocumentsAndBytes()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var client = await fixture.CreateAsync(SearchFixture.Chunks());
        await client.UploadDocumentsAsync([new SearchDocument { ["id"] = "1", ["vector"] = new[] { 1f, 0, 0 } }]);
        var statistics = (await fixture.Indexes.GetIndexStatisticsAsync("chunks")).Value;
        Assert.Equal(1, statistics.DocumentCount);
        Assert.True(statistics.StorageSize > 0);
        Assert.Equal(12, statistics.VectorIndexSize);
        Assert.Equal(1, (await fixture.Indexes.GetServiceStatisticsAsync()).Value.Counters.DocumentCounter.Usage);
    }

    [Fact]
    public async Task Restart_IndexAndDocuments_AreStillThere()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var client = await fixture.CreateAsync(SearchFixture.Chunks());
        await client.UploadDocumentsAsync([new SearchDocument { ["id"] = "1", ["content"] = "ripe figs", ["groups"] = new[] { "a", "b" }, ["number"] = 7, ["time"] = DateTimeOffset.UnixEpoch, ["vector"] = new[] { 0.1f, 0.2f, 0.3f } }]);
        var before = (await client.GetDocumentAsync<SearchDocument>("1")).Value;
        await fixture.RestartAsync();
        client = fixture.Client("chunks");
        var after = (await client.GetDocumentAsync<SearchDocument>("1")).Value;
        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(before), System.Text.Json.JsonSerializer.Serialize(after));
        Assert.Equal(1, (await client.SearchAsync<SearchDocument>("fig", new() { IncludeTotalCount = true })).Value.TotalCount);
    }
}
