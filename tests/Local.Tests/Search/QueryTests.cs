using System.Globalization;
using Azure;
using Azure.Search.Documents;
using Azure.Search.Documents.Models;

namespace Local.Tests.Search;

public sealed class QueryTests
{
    private static readonly SearchDocument[] Documents =
    [
        Document("1", "The fiddle fig tree drops its leaves in cold air", "a''b.md".Replace("''", "'", StringComparison.Ordinal), ["g1"], 1, [1, 0, 0]),
        Document("2", "Water the tree once a week", "water.md", ["g1", "g2"], 2, [0, 1, 0]),
        Document("3", "Dropping leaves: too much water for the fig", "water.md", [], 3, [0.9f, 0.1f, 0]),
        Document("4", "Roses need sun", "roses.md", ["g3"], 4, [0, 0, 1]),
    ];

    [Fact]
    public async Task Search_Words_RanksByBm25AndStems()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var ids = await IdsAsync(await IndexAsync(fixture), "dropped leaf", new());
        Assert.Equal(["1", "3"], ids.Order());
    }

    [Theory]
    [InlineData("fig water", "1,2,3")]
    [InlineData("fig + water", "3")]
    [InlineData("\"fig tree\"", "1")]
    [InlineData("ros*", "4")]
    [InlineData("tree -water", "1,2,4")]
    [InlineData("(roses | week) + sun", "4")]
    [InlineData("\"unclosed fig", "1,3")]
    [InlineData("))(( + | -", "")]
    [InlineData("the", "")]
    public async Task Search_SimpleSyntaxAnyMode_Matches(string text, string expected)
    {
        await using var fixture = await SearchFixture.StartAsync();
        var ids = await IdsAsync(await IndexAsync(fixture), text, new());
        Assert.Equal(expected, string.Join(',', ids.Order()));
    }

    [Fact]
    public async Task Search_AllMode_NeedsEveryWordButStopWords()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var ids = await IdsAsync(await IndexAsync(fixture), "the fig -tree", new() { SearchMode = SearchMode.All });
        Assert.Equal(["3"], ids);
    }

    [Fact]
    public async Task Search_Vector_ScoresByCosine()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var client = await IndexAsync(fixture);
        var results = (await client.SearchAsync<SearchDocument>(null, Vector(2))).Value;
        var found = await results.GetResultsAsync().ToListAsync();
        Assert.Equal(["1", "3"], found.Select(hit => hit.Document["id"]));
        Assert.Equal(1.0, found[0].Score!.Value, 6);
        Assert.Equal(1 / (2 - (0.9 / Math.Sqrt(0.82))), found[1].Score!.Value, 6);
    }

    [Fact]
    public async Task Search_Hybrid_FusesByReciprocalRank()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var client = await IndexAsync(fixture);
        var options = Vector(2);
        options.IncludeTotalCount = true;
        var results = (await client.SearchAsync<SearchDocument>("roses fiddle", options)).Value;
        var found = await results.GetResultsAsync().ToListAsync();
        Assert.Equal(3, results.TotalCount);
        var text = await IdsAsync(client, "roses fiddle", new());
        var expected = new Dictionary<string, double> { ["1"] = 1 / 60.0, ["3"] = 1 / 61.0 };
        foreach (var (id, rank) in text.Select((id, rank) => (id, rank)))
            expected[id] = expected.GetValueOrDefault(id) + (1 / (60.0 + rank));
        foreach (var hit in found)
            Assert.Equal(expected[(string)hit.Document["id"]], hit.Score!.Value, 9);
        Assert.Equal("1", found[0].Document["id"]);
    }

    [Fact]
    public async Task Search_PreAndPostFilter_DifferInWhatKCounts()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var client = await IndexAsync(fixture);
        var options = Vector(1);
        options.Filter = "number gt 1";
        Assert.Equal(["3"], await IdsAsync(client, null, options));
        options = Vector(1);
        options.Filter = "number gt 1";
        options.VectorSearch.FilterMode = VectorFilterMode.PostFilter;
        Assert.Empty(await IdsAsync(client, null, options));
    }

    [Theory]
    [InlineData("groups/any(g: search.in(g, 'g2,g3', ','))", "2,4")]
    [InlineData("groups/any(g: g eq 'g1') and number lt 2", "1")]
    [InlineData("not groups/any()", "3")]
    [InlineData("groups/all(g: g ne 'g1')", "3,4")]
    [InlineData("document eq 'a''b.md'", "1")]
    [InlineData("number ge 2 and not (number eq 3 or 4 eq number)", "2")]
    [InlineData("time eq null", "1,2,3,4")]
    [InlineData("search.in(id, '1 3')", "1,3")]
    [InlineData("document ne 'water.md'", "1,4")]
    public async Task Search_Filter_Selects(string filter, string expected)
    {
        await using var fixture = await SearchFixture.StartAsync();
        var ids = await IdsAsync(await IndexAsync(fixture), "*", new() { Filter = filter, OrderBy = { "id asc" } });
        Assert.Equal(expected, string.Join(',', ids));
    }

    [Theory]
    [InlineData("content eq 'x'", "'content' is not filterable")]
    [InlineData("nothing eq 1", "'nothing'")]
    [InlineData("number eq 'one'", "'number'")]
    [InlineData("number eq", "position 9")]
    [InlineData("document eq 'x", "not closed")]
    [InlineData("groups eq 'g1'", "'groups' is a collection")]
    [InlineData("geo.distance(number, 1) lt 1", "does not support")]
    public async Task Search_BadFilter_SaysWhere(string filter, string message)
    {
        await using var fixture = await SearchFixture.StartAsync();
        var client = await IndexAsync(fixture);
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => client.SearchAsync<SearchDocument>("*", new() { Filter = filter }));
        Assert.Equal(400, refused.Status);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_OrderSelectCountFacets_AreHonoured()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var client = await IndexAsync(fixture);
        var options = new SearchOptions { OrderBy = { "document desc", "number desc" }, Select = { "id" }, Size = 2, Skip = 1, IncludeTotalCount = true, Facets = { "document,count:1", "groups,sort:value" } };
        var results = (await client.SearchAsync<SearchDocument>("*", options)).Value;
        var found = await results.GetResultsAsync().ToListAsync();
        Assert.Equal(["2", "4"], found.Select(hit => hit.Document["id"]));
        Assert.All(found, hit => Assert.Single(hit.Document));
        Assert.Equal(4, results.TotalCount);
        Assert.Equal(("water.md", 2L), (results.Facets["document"].Single().Value, results.Facets["document"].Single().Count!.Value));
        Assert.Equal(["g1", "g2", "g3"], results.Facets["groups"].Select(facet => facet.Value));
    }

    [Theory]
    [InlineData(null, 120)]
    [InlineData(70, 70)]
    [InlineData(1100, 1100)]
    public async Task Search_MoreThanAPage_SdkFollowsPages(int? size, int expected)
    {
        await using var fixture = await SearchFixture.StartAsync();
        var client = await fixture.CreateAsync(SearchFixture.Chunks());
        var total = size is null ? 120 : 1200;
        foreach (var batch in Enumerable.Range(0, total).Chunk(1000))
            await client.UploadDocumentsAsync(batch.Select(i => new SearchDocument { ["id"] = i.ToString("D5", CultureInfo.InvariantCulture), ["number"] = i }));
        var ids = await IdsAsync(client, "*", new() { Size = size, OrderBy = { "number asc" } });
        Assert.Equal(Enumerable.Range(0, expected).Select(i => i.ToString("D5", CultureInfo.InvariantCulture)), ids);
    }

    [Fact]
    public async Task Search_Semantic_IsRefusedAsByAServiceWithoutIt()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var client = await IndexAsync(fixture);
        var options = new SearchOptions { QueryType = SearchQueryType.Semantic, SemanticSearch = new() { SemanticConfigurationName = "default" } };
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => client.SearchAsync<SearchDocument>("figs", options));
        Assert.Equal((400, "FeatureNotSupportedInService"), (refused.Status, refused.ErrorCode));
        Assert.Contains("Semantic search is not enabled for this service.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_VectorOfWrongLength_NamesField()
    {
        await using var fixture = await SearchFixture.StartAsync();
        var client = await IndexAsync(fixture);
        var options = new SearchOptions { VectorSearch = new() { Queries = { new VectorizedQuery(new float[] { 1, 2 }) { Fields = { "vector" }, KNearestNeighborsCount = 1 } } } };
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => client.SearchAsync<SearchDocument>(null, options));
        Assert.Equal(400, refused.Status);
        Assert.Contains("'vector'", refused.Message, StringComparison.Ordinal);
    }

    private static SearchDocument Document(string id, string content, string document, string[] groups, int number, float[] vector) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["document"] = document,
        ["groups"] = groups,
        ["number"] = number,
        ["vector"] = vector,
    };

    private static SearchOptions Vector(int k) => new()
    {
        VectorSearch = new() { Queries = { new VectorizedQuery(new float[] { 1, 0, 0 }) { Fields = { "vector" }, KNearestNeighborsCount = k } } },
    };

    private static async Task<SearchClient> IndexAsync(SearchFixture fixture)
    {
        var client = await fixture.CreateAsync(SearchFixture.Chunks());
        await client.UploadDocumentsAsync(Documents);
        return client;
    }

    private static async Task<List<string>> IdsAsync(SearchClient client, string? text, SearchOptions options)
    {
        var results = (await client.SearchAsync<SearchDocument>(text, options)).Value;
        return await results.GetResultsAsync().Select(hit => (string)hit.Document["id"]).ToListAsync();
    }
}
