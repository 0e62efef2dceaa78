using System.Net;
using System.Text.Json;
using Azure.Core.Pipeline;
using Azure.Search.Documents;
using Microsoft.Extensions.Options;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Retrieval;

/// <summary>The search service's semantic ranker: what is asked of it and read of its answers, and what becomes of questions where the service has none.</summary>
[Collection(AzureCollection.Name)]
public sealed class SemanticRankerTests(AzureServices azure) : IAsyncLifetime
{
    private const string Answer = """
        {"value":[
          {"@search.score":0.03,"@search.rerankerScore":3.25,"id":"b","document":"b.md","heading":null,"start":0,"end":1,"page":null,"ordinal":0,"text":"B"},
          {"@search.score":0.05,"@search.rerankerScore":1.5,"id":"a","document":"a.md","heading":null,"start":0,"end":1,"page":null,"ordinal":0,"text":"A"},
          {"@search.score":0.01,"id":"c","document":"c.md","heading":null,"start":0,"end":1,"page":null,"ordinal":0,"text":"C"}]}
        """;

    private static readonly Caller Anyone = new("anyone", [], IsOperator: false);

    private readonly IngestionHarness _app = new(azure);

    public async Task InitializeAsync() => await _app.IngestAsync("fig.md", "# Fig\n\nA fig drops its leaves in a cold draught.\n\n# Rose\n\nRoses are pruned in early spring.\n");

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Search_AServiceThatHasIt_IsAskedByWordsAndVectorAndItsScoresComeOut()
    {
        var service = new RecordedService();
        var options = Options.Create(new ChunkIndexOptions { Endpoint = new Uri("https://test.search.windows.net"), ApiKey = "key" });
        using var transport = new HttpClientTransport(new HttpClient(service));
        var clients = new SearchClients(options, () => throw new InvalidOperationException("There is a key."), new SearchClientOptions { Transport = transport });
        var indexes = new ChunkIndexes(clients, options);
        await indexes.EnsureAsync("chunks", 2, CancellationToken.None);
        var configuration = service.Created!.Value.GetProperty("semantic").GetProperty("configurations")[0];
        Assert.Equal(
            """{"titleField":{"fieldName":"heading"},"prioritizedContentFields":[{"fieldName":"text"}]}""",
            JsonSerializer.Serialize(configuration.GetProperty("prioritizedFields").EnumerateObject().Where(part => part.Value.ValueKind != JsonValueKind.Array || part.Value.GetArrayLength() > 0).ToDictionary(part => part.Name, part => part.Value)));

        var found = await new ChunkSearch(clients, indexes).BySemanticsAsync("chunks", "why?", new float[] { 1, 0 }, "c", Anyone, 50, CancellationToken.None);
        Assert.Equal([("b", 3.25, 3.25), ("a", 1.5, 1.5), ("c", 0.01, null)], found.Select(chunk => (chunk.Id, chunk.Score, chunk.RerankerScore)));
        var sent = service.Searched!.Value;
        Assert.Equal(("semantic", configuration.GetProperty("name").GetString(), "why?"), (sent.GetProperty("queryType").GetString(), sent.GetProperty("semanticConfiguration").GetString(), sent.GetProperty("search").GetString()));
        Assert.Equal("embedding", sent.GetProperty("vectorQueries")[0].GetProperty("fields").GetString());
        Assert.StartsWith("collection eq 'c'", sent.GetProperty("filter").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_AServiceWithoutIt_SearchesAsHybridAndSaysSo()
    {
        var found = await FindAsync(new RetrievalQuery(_app.Collection, "Why does my fig drop leaves?", 5) { Mode = RetrievalMode.Semantic });
        var hybrid = await FindAsync(new RetrievalQuery(_app.Collection, "Why does my fig drop leaves?", 5));
        Assert.True(found.IsWithoutSemanticRanker);
        Assert.False(hybrid.IsWithoutSemanticRanker);
        Assert.Equal(hybrid.Chunks, found.Chunks);
        Assert.Equal(hybrid.Nearest, found.Nearest);
    }

    [Fact]
    public async Task Find_AServiceWithoutItAndNoFallback_FailsByName()
    {
        var failure = await Assert.ThrowsAsync<GatewayException>(() => FindAsync(new RetrievalQuery(_app.Collection, "Why?", 5) { Mode = RetrievalMode.Semantic, SemanticFallback = false }));
        Assert.Equal((502, "semantic_ranker_not_available", "retrieval"), (failure.Status, failure.Error.Code, failure.Error.Param));
        Assert.Contains("hybrid, vector, text", failure.Error.Message, StringComparison.Ordinal);
    }

    /// <summary>An index of an earlier version gets the configuration when it is next seen.</summary>
    [Fact]
    public async Task Upgrade_AnIndexWithoutIt_AddsTheConfiguration()
    {
        var clients = _app.Get<SearchClients>();
        var index = ChunkFields.Create("old-" + Guid.NewGuid().ToString("N"), 4, "en.microsoft");
        index.SemanticSearch = null;
        await clients.Indexes.CreateIndexAsync(index);
        Assert.True(await _app.Get<ChunkIndexes>().UpgradeAsync(index.Name, CancellationToken.None));
        Assert.Equal(ChunkFields.SemanticConfiguration, Assert.Single((await clients.Indexes.GetIndexAsync(index.Name)).Value.SemanticSearch.Configurations).Name);
    }

    private Task<Retrieved> FindAsync(RetrievalQuery query) => _app.Get<Retriever>().FindAsync(query, Anyone, CancellationToken.None);

    private sealed class RecordedService : HttpMessageHandler
    {
        public JsonElement? Created { get; private set; }

        public JsonElement? Searched { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method == HttpMethod.Get && Created is null) return new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent("{}") };
            var body = request.Content is null ? default : JsonDocument.Parse(await request.Content.ReadAsStringAsync(cancellationToken)).RootElement;
            if (request.RequestUri!.AbsolutePath.EndsWith("/search.post.search", StringComparison.Ordinal)) Searched = body;
            else if (request.Method != HttpMethod.Get) Created = body;
            var isSearch = request.RequestUri.AbsolutePath.EndsWith("/search.post.search", StringComparison.Ordinal);
            return new HttpResponseMessage(isSearch ? HttpStatusCode.OK : HttpStatusCode.Created) { Content = new StringContent(isSearch ? Answer : Created!.Value.GetRawText(), null, "application/json") };
        }
    }
}
