using Azure;
using Azure.Search.Documents;
using Azure.Search.Documents.Indexes.Models;
using Azure.Search.Documents.Models;

namespace Local.Tests.Search;

/// <summary>Collections of complex values, with the real SDK.</summary>
public sealed class ComplexFieldTests
{
    [Theory]
    [InlineData("labels/any(l: l/name eq 'year' and l/number ge 2020)", "new")]
    [InlineData("labels/any(l: l/name eq 'it''s' and l/value eq 'a')", "old")]
    [InlineData("labels/any(l: search.in(l/value, 'a|b', '|'))", "old")]
    [InlineData("labels/any(l: 2020 gt l/number)", "old")]
    [InlineData("not labels/any()", "none")]
    [InlineData("labels/all(l: l/name ne 'year')", "none")]
    [InlineData("labels/any(l: l/number eq null)", "old")]
    public async Task Filter_ByPartsOfOneItem_SelectsWhoseItemFulfilsAll(string filter, string expected)
    {
        await using var fixture = await SearchFixture.StartAsync();
        var client = await FilledAsync(fixture);
        Assert.Equal([expected], await IdsAsync(client, filter));
        await fixture.RestartAsync();
        Assert.Equal([expected], await IdsAsync(fixture.Client("labelled"), filter));
    }

    [Theory]
    [InlineData("labels/name eq 'year'")]
    [InlineData("labels/any(l: l eq 'year')")]
    [InlineData("labels/any(l: l/other eq 'year')")]
    [InlineData("labels/any(l: l/number eq 'year')")]
    [InlineData("labels/any(l: id eq 'new')")]
    public async Task Filter_ThatDoesNotFitTheType_IsRefused(string filter)
    {
        await using var fixture = await SearchFixture.StartAsync();
        var client = await FilledAsync(fixture);
        Assert.Equal(400, (await Assert.ThrowsAsync<RequestFailedException>(() => IdsAsync(client, filter))).Status);
    }

    [Fact]
    public async Task Document_WithComplexValues_ComesBackAsItWasWritten()
    {
        await using var fixture = await SearchFixture.StartAsync();
        await FilledAsync(fixture);
        await fixture.RestartAsync();
        var labels = (await fixture.Client("labelled").GetDocumentAsync<SearchDocument>("old")).Value.GetObjectCollection("labels");
        Assert.Equal([("year", "2019", 2019.0), ("it's", "a", null)], labels.Select(label => (label.GetString("name"), label.GetString("value"), label.GetDouble("number"))));
        var refused = await fixture.Client("labelled").UploadDocumentsAsync([new SearchDocument { ["id"] = "x", ["labels"] = new[] { new SearchDocument { ["colour"] = "red" } } }], new IndexDocumentsOptions { ThrowOnAnyError = false });
        Assert.Equal(400, Assert.Single(refused.Value.Results).Status);
    }

    [Fact]
    public async Task UpdateIndex_WithAComplexField_AddsItOnceAndKeepsItsType()
    {
        await using var fixture = await SearchFixture.StartAsync();
        await FilledAsync(fixture);
        await fixture.Indexes.CreateOrUpdateIndexAsync(Labelled());
        var changed = Labelled();
        changed.Fields[1] = new ComplexField("labels", collection: true) { Fields = { new SimpleField("name", SearchFieldDataType.Double) { IsFilterable = true } } };
        Assert.Equal(400, (await Assert.ThrowsAsync<RequestFailedException>(() => fixture.Indexes.CreateOrUpdateIndexAsync(changed))).Status);
    }

    private static async Task<SearchClient> FilledAsync(SearchFixture fixture)
    {
        var client = await fixture.CreateAsync(Labelled());
        await client.UploadDocumentsAsync(
        [
            new SearchDocument { ["id"] = "old", ["labels"] = new[] { Label("year", "2019", 2019), Label("it's", "a", null) } },
            new SearchDocument { ["id"] = "new", ["labels"] = new[] { Label("year", "2024", 2024) } },
            new SearchDocument { ["id"] = "none" },
        ]);
        return client;
    }

    private static SearchDocument Label(string name, string value, double? number) => new() { ["name"] = name, ["value"] = value, ["number"] = number };

    private static SearchIndex Labelled() => new("labelled") { Fields = [new SimpleField("id", SearchFieldDataType.String) { IsKey = true }, Labels()] };

    private static SearchField Labels() => new ComplexField("labels", collection: true)
    {
        Fields =
        {
            new SimpleField("name", SearchFieldDataType.String) { IsFilterable = true },
            new SimpleField("value", SearchFieldDataType.String) { IsFilterable = true },
            new SimpleField("number", SearchFieldDataType.Double) { IsFilterable = true },
        },
    };

    private static async Task<List<string>> IdsAsync(SearchClient client, string filter)
    {
        var ids = new List<string>();
        await foreach (var result in (await client.SearchAsync<SearchDocument>("*", new SearchOptions { Filter = filter })).Value.GetResultsAsync()) ids.Add(result.Document.GetString("id"));
        return ids;
    }
}
