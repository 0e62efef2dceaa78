using System.Text.Json;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Retrieval.Filters;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Tests.Retrieval.Filters;

public sealed class MetadataFilterReaderTests
{
    [Theory]
    [InlineData("7", "filter")]
    [InlineData("{}", "filter.type")]
    [InlineData("""{"type":"like","key":"a","value":"b"}""", "filter.type")]
    [InlineData("""{"type":"eq","value":"b"}""", "filter.key")]
    [InlineData("""{"type":"eq","key":"","value":"b"}""", "filter.key")]
    [InlineData("""{"type":"eq","key":"a' or 'b","value":"b"}""", "filter.key")]
    [InlineData("""{"type":"eq","key":"groups","value":"staff"}""", "filter.key")]
    [InlineData("""{"type":"and","filters":[{"type":"nin","key":"Users","value":["ann"]}]}""", "filter.filters[0].key")]
    [InlineData("""{"type":"eq","key":"a"}""", "filter.value")]
    [InlineData("""{"type":"eq","key":"a","value":null}""", "filter.value")]
    [InlineData("""{"type":"eq","key":"a","value":["b"]}""", "filter.value")]
    [InlineData("""{"type":"eq","key":"a","value":"\ud800"}""", "filter.value")]
    [InlineData("""{"type":"gt","key":"a","value":1e999}""", "filter.value")]
    [InlineData("""{"type":"in","key":"a","value":"b"}""", "filter.value")]
    [InlineData("""{"type":"in","key":"a","value":[]}""", "filter.value")]
    [InlineData("""{"type":"nin","key":"a","value":["b",{}]}""", "filter.value[1]")]
    [InlineData("""{"type":"and"}""", "filter.filters")]
    [InlineData("""{"type":"or","filters":[]}""", "filter.filters")]
    [InlineData("""{"type":"and","filters":[{"type":"eq","key":"a","value":1},3]}""", "filter.filters[1]")]
    [InlineData("""{"type":"not","filters":[{"type":"eq","key":"a","value":1},{"type":"eq","key":"a","value":2}]}""", "filter.filters")]
    [InlineData("""{"type":"eq","key":"a","value":1,"filters":[]}""", "filter")]
    public void Read_WrongFilter_Is400NamingTheField(string json, string param)
    {
        var refused = Assert.Throws<GatewayException>(() => Read(json));
        Assert.Equal((400, param), (refused.Status, refused.Error.Param));
    }

    [Fact]
    public void Read_TooDeepOrTooMuch_IsRefusedNotFatal()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"type":"not","filters":[""", 60)) + "1" + string.Concat(Enumerable.Repeat("]}", 60));
        Assert.StartsWith("filter.filters[0]", Assert.Throws<GatewayException>(() => Read(deep)).Error.Param, StringComparison.Ordinal);
        var wide = $$"""{"type":"in","key":"a","value":[{{string.Join(',', Enumerable.Range(0, 101))}}]}""";
        Assert.Equal("filter", Assert.Throws<GatewayException>(() => Read(wide)).Error.Param);
        var longer = $$"""{"type":"eq","key":"a","value":"{{new string('x', 513)}}"}""";
        Assert.Equal("filter.value", Assert.Throws<GatewayException>(() => Read(longer)).Error.Param);
    }

    [Fact]
    public void Read_NothingOrNull_IsNoCondition()
    {
        Assert.Null(MetadataFilterReader.Of(JsonDocument.Parse("{}").RootElement));
        Assert.Null(MetadataFilterReader.Of(JsonDocument.Parse("""{"filter":null}""").RootElement));
    }

    /// <summary>As the real service reads it: one quote doubled is the only way for a value to be, and access stands in parentheses of its own.</summary>
    [Fact]
    public void Filter_OfACallerAndARequest_HoldsBoth()
    {
        var filter = Read("""{"type":"or","filters":[{"type":"eq","key":"Title","value":"it's') or ('a' eq 'a"},{"type":"gte","key":"year","value":2020.5},{"type":"nin","key":"lang","value":["de",true]}]}""");
        var written = ChunkSearch.Filter("c", new Caller("ann", ["staff"], IsOperator: false), filter);
        const string Access = "collection eq 'c' and ((not groups/any() and not users/any()) or users/any(u: u eq 'ann') or groups/any(g: search.in(g, 'staff', '|')))";
        const string Wanted = "((metadata/any(m: m/name eq 'title' and m/value eq 'it''s'') or (''a'' eq ''a')) or (metadata/any(m: m/name eq 'year' and m/number ge 2020.5)) or (not (metadata/any(m: m/name eq 'lang' and (m/value eq 'de' or m/value eq 'true')))))";
        Assert.Equal($"({Access}) and {Wanted}", written);
    }

    [Fact]
    public void Metadata_OfABlob_IsWhatFiltersCanName()
    {
        var read = DocumentMetadata.Of(new Dictionary<string, string> { ["Year"] = "2020", ["groups"] = "staff", ["users"] = "ann", ["title"] = "na%C3%AFve", ["hdi_isfolder"] = "true", ["zoo"] = new string('z', 2500) });
        Assert.Equal([KeyValuePair.Create("title", "naïve"), KeyValuePair.Create("year", "2020")], read!);
        Assert.Null(DocumentMetadata.Of(new Dictionary<string, string> { ["groups"] = "staff" }));
        Assert.Equal([2020, -1.5, 1e3, null, null, null, null], ((string[])["2020", "-1.5", "1e3", "NaN", "1e999", "12 ", "1,000"]).Select(DocumentMetadata.Number));
    }

    internal static MetadataFilter Read(string json) => MetadataFilterReader.Read(JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 200 }).RootElement)!;
}
