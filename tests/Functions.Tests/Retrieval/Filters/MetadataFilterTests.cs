using System.Text.Json;
using Azure.Storage.Blobs.Models;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Access;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Retrieval.Filters;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Retrieval.Filters;

/// <summary>A filter finds what it says of what the caller may see, and nothing else.</summary>
[Collection(AzureCollection.Name)]
public sealed class MetadataFilterTests(AzureServices azure) : IAsyncLifetime
{
    private const string Text = "fig leaf";

    private static readonly string[] Keys = ["year", "lang", "title"];
    private static readonly string[] Values = ["2019", "2020.5", "1e3", "en", "it's", "x' or true or 'a' eq 'a", "') or (true", "a|b,c", "日本", "", "true"];

    private static readonly Gen<Dictionary<string, string>> Metadata =
        from keys in Gen.SubListOf(Keys)
        from values in Gen.Elements(Values).ListOf(Keys.Length)
        select keys.Distinct().Select((key, i) => (key, values[i])).ToDictionary(item => item.key, item => item.Item2);

    private static readonly Gen<object> Operand = Gen.OneOf(Gen.Elements(Values).Select(value => (object)value), Gen.Elements(2019.0, 2020.5, 1000.0, -1.0).Select(value => (object)value));

    private static readonly Arbitrary<((Dictionary<string, string> Metadata, string[] Groups)[] Documents, MetadataFilter Filter, Caller Caller)> Cases = (
        from count in Gen.Choose(1, 12)
        from metadata in Metadata.ListOf(count)
        from groups in Gen.Elements<string[]>([], ["staff"], ["it's"], ["leads"]).ListOf(count)
        from filter in Filters(3)
        from mine in Gen.Elements<string[]>([], ["staff"], ["it's", "leads"], ["*"])
        select (metadata.Zip(groups).ToArray(), filter, new Caller("ann", mine, IsOperator: false))).ToArbitrary();

    private readonly IngestionHarness _app = new(azure);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public void Search_AnyMetadataAndFilter_FindsWhatFulfilsItAndMayBeSeen() =>
        Prop.ForAll(Cases, given => HoldsAsync(given.Documents, given.Filter, given.Caller).GetAwaiter().GetResult()).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    [Fact]
    public async Task Filter_OfABlobsMetadata_NarrowsSearchesAndAnswers()
    {
        await IngestAsync("old.txt", "Figs like old walls.", new() { ["Year"] = "2019", ["lang"] = "en" });
        await IngestAsync("new.txt", "Figs like new walls.", new() { ["year"] = "2024", ["lang"] = "en" });
        await IngestAsync("secret.txt", "Figs like secret walls.", new() { ["year"] = "2025", ["groups"] = "leads" });
        await _app.IngestAsync("none.txt", "Figs like walls.");

        Assert.Equal(["new.txt"], await SearchAsync("""{"type":"gte","key":"YEAR","value":2020}"""));
        Assert.Equal(["new.txt", "none.txt"], await SearchAsync("""{"type":"ne","key":"year","value":2019}"""));
        Assert.Equal(["new.txt", "old.txt"], await SearchAsync("""{"type":"and","filters":[{"type":"eq","key":"lang","value":"en"},{"type":"lt","key":"year","value":"203"}]}"""));
        Assert.Equal("filter.type", (await Assert.ThrowsAsync<GatewayException>(() => SearchAsync("""{"type":"sql"}"""))).Error.Param);

        // The route's own filter and the request's: both hold.
        var rag = new RagSettings
        {
            EmbeddingsRoute = _app.Route,
            CompletionsRoute = "writer",
            Collection = _app.Collection,
            Filter = JsonDocument.Parse("""{"type":"eq","key":"lang","value":"en"}""").RootElement,
        };
        Assert.Equal(["new.txt", "old.txt"], await AskAsync(rag, null));
        Assert.Equal(["old.txt"], await AskAsync(rag, """{"type":"lte","key":"year","value":2019}"""));
        Assert.Empty(await AskAsync(rag, """{"type":"eq","key":"lang","value":"de"}"""));
    }

    [Fact]
    public async Task Metadata_Changed_IsReindexedWithoutEmbedding()
    {
        await IngestAsync("a.txt", "Figs like walls.", new() { ["year"] = "2019" });
        var embedded = _app.Gateway.Embedded.Count;
        await IngestAsync("a.txt", "Figs like walls.", new() { ["year"] = "2024" });
        Assert.Equal(embedded, _app.Gateway.Embedded.Count);
        Assert.Equal(["a.txt"], await SearchAsync("""{"type":"eq","key":"year","value":"2024"}"""));
        Assert.Empty(await SearchAsync("""{"type":"eq","key":"year","value":"2019"}"""));
    }

    private static Gen<MetadataFilter> Filters(int depth)
    {
        var comparison =
            from key in Gen.Elements(Keys)
            from comparisonOperator in Gen.Elements(Enum.GetValues<MetadataOperator>())
            from value in Operand
            select (MetadataFilter)new MetadataFilter.Comparison(key, comparisonOperator, value);
        var among =
            from key in Gen.Elements(Keys)
            from values in Operand.NonEmptyListOf()
            select (MetadataFilter)new MetadataFilter.In(key, [.. values.Take(4)]);
        if (depth == 0) return Gen.OneOf(comparison, among);
        var parts = Filters(depth - 1).NonEmptyListOf().Select(list => (IReadOnlyList<MetadataFilter>)[.. list.Take(3)]);
        return Gen.OneOf(
            comparison, among, parts.Select(list => (MetadataFilter)new MetadataFilter.And(list)), parts.Select(list => (MetadataFilter)new MetadataFilter.Or(list)),
            Filters(depth - 1).Select(filter => (MetadataFilter)new MetadataFilter.Not(filter)));
    }

    /// <summary>What a filter says, in the words of its description.</summary>
    private static bool Fulfils(IReadOnlyDictionary<string, string> metadata, MetadataFilter filter) => filter switch
    {
        MetadataFilter.And and => and.Filters.All(part => Fulfils(metadata, part)),
        MetadataFilter.Or or => or.Filters.Any(part => Fulfils(metadata, part)),
        MetadataFilter.Not not => !Fulfils(metadata, not.Filter),
        MetadataFilter.In among => among.Values.Any(value => Fulfils(metadata, new MetadataFilter.Comparison(among.Key, MetadataOperator.Equal, value))),
        MetadataFilter.Comparison { Operator: MetadataOperator.NotEqual } different => !Fulfils(metadata, different with { Operator = MetadataOperator.Equal }),
        MetadataFilter.Comparison comparison => metadata.TryGetValue(comparison.Key, out var text) && Order(text, comparison.Value) is { } order && comparison.Operator switch
        {
            MetadataOperator.Equal => order == 0,
            MetadataOperator.Greater => order > 0,
            MetadataOperator.GreaterOrEqual => order >= 0,
            MetadataOperator.Less => order < 0,
            _ => order <= 0,
        },
        _ => throw new InvalidOperationException(),
    };

    private static int? Order(string text, object value) => value is double number ? DocumentMetadata.Number(text)?.CompareTo(number) : string.CompareOrdinal(text, (string)value);

    private async Task<bool> HoldsAsync((Dictionary<string, string> Metadata, string[] Groups)[] documents, MetadataFilter filter, Caller caller)
    {
        var chunks = documents.Select((document, i) => ChunkOfTest.Create(i, Text, document.Groups, metadata: document.Metadata)).ToList();
        var index = await ChunkOfTest.IndexAsync(_app, chunks);
        var expected = chunks.Where(chunk => new DocumentAccess(chunk.Groups, []).Permits(caller) && Fulfils(chunk.Metadata, filter)).Select(chunk => chunk.Id).ToHashSet();
        var nearest = await _app.Get<ChunkSearch>().ByVectorAsync(index, LexicalGateway.VectorOf(Text, ChunkOfTest.Dimensions), ChunkOfTest.Collection, caller, 50, default, filter);
        var words = await _app.Get<ChunkSearch>().ByWordsAsync(index, Text, ChunkOfTest.Collection, caller, 50, default, filter);
        return expected.SetEquals(nearest.Select(chunk => chunk.Id)) && expected.SetEquals(words.Select(chunk => chunk.Id));
    }

    private async Task IngestAsync(string path, string text, Dictionary<string, string> metadata)
    {
        var sent = await _app.PutBlobAsync(path, "");
        await _app.Documents.GetBlobClient($"{_app.Collection}/{path}").UploadAsync(BinaryData.FromString(text), new BlobUploadOptions { Metadata = metadata });
        await _app.SendAsync(sent);
        await _app.Durable.RunAsync();
    }

    private async Task<List<string>> SearchAsync(string filter)
    {
        var query = new RetrievalQuery(_app.Collection, "figs walls", 10) { Filter = MetadataFilterReaderTests.Read(filter) };
        var found = await _app.Get<Retriever>().FindAsync(query, new Caller("ann", ["staff"], IsOperator: false), default);
        return [.. found.Chunks.Select(chunk => chunk.Document).Order(StringComparer.Ordinal)];
    }

    private async Task<List<string>> AskAsync(RagSettings rag, string? filter)
    {
        var question = new AnswerQuestion("Which walls do figs like?") { Filter = filter is null ? null : MetadataFilterReaderTests.Read(filter) };
        var plan = await _app.Get<AnswerPlanner>().PlanAsync(rag, question, null, 50, new Caller("ann", ["staff"], IsOperator: false), default);
        return [.. plan.Citations.Select(citation => citation.Document).Order(StringComparer.Ordinal)];
    }
}
