using System.Text.Json;
using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Reranking;

namespace Serverless.GpuWorker.Tests.Api;

public sealed class RerankTests : IAsyncLifetime
{
    private WorkerUnderTest _worker = null!;

    public async Task InitializeAsync() => _worker = await WorkerUnderTest.StartAsync(rerankers: [new RerankModel("lengths", new LengthReranker(), new CharTokenizer(hasBos: false))]);

    public async Task DisposeAsync() => await _worker.DisposeAsync();

    [Fact]
    public async Task Rerank_TextsAndObjects_AreRankedBestFirstEqualOnesInTheirOrder()
    {
        var answer = await _worker.PostJsonAsync("/v1/rerank", """{"model":"lengths","query":"q","documents":["aa",{"text":"aaaa","id":7},"bb",{"title":["x"],"text":"a"}]}""");
        Assert.Equal(("list", "lengths"), (answer.GetProperty("object").GetString(), answer.GetProperty("model").GetString()));
        var results = answer.GetProperty("results").EnumerateArray().ToArray();
        Assert.Equal([1, 0, 2, 3], results.Select(result => result.GetProperty("index").GetInt32()));
        Assert.Equal([0.4, 0.2, 0.2, 0.1], results.Select(result => result.GetProperty("relevance_score").GetDouble()));
        Assert.All(results, result => Assert.False(result.TryGetProperty("document", out _)));
        Assert.Equal(2 + 4 + 2 + 1 + 4, answer.GetProperty("usage").GetProperty("total_tokens").GetInt32());
        var metrics = await _worker.Client.GetStringAsync("/metrics");
        Assert.Contains("serverless:reranked_texts_total{engine=\"0\"} 4", metrics, StringComparison.Ordinal);
        Assert.Contains("serverless:reranked_tokens_total{engine=\"0\"} 13", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rerank_TopNAndDocuments_AreAnsweredAsAsked()
    {
        var answer = await _worker.PostJsonAsync("/v1/rerank", new { query = "q", documents = new[] { "a", "aaa", "aa" }, top_n = 2, return_documents = true });
        Assert.Equal(["aaa", "aa"], answer.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("document").GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Rerank_FieldsThatAskForWhatIsDone_AreTaken()
    {
        var answer = await _worker.PostJsonAsync("/v1/rerank", """{"query":"q","documents":["a"],"truncate":"end","raw_scores":false,"truncate_prompt_tokens":-1,"max_tokens_per_doc":null}""");
        Assert.Equal(1, answer.GetProperty("results").GetArrayLength());
    }

    [Theory]
    [InlineData("{}", "query")]
    [InlineData("""{"query":" ","documents":["a"]}""", "query")]
    [InlineData("""{"query":"q"}""", "documents")]
    [InlineData("""{"query":"q","documents":[]}""", "documents")]
    [InlineData("""{"query":"q","documents":"a"}""", "documents")]
    [InlineData("""{"query":"q","documents":["a",""]}""", "documents[1]")]
    [InlineData("""{"query":"q","documents":["a",null]}""", "documents[1]")]
    [InlineData("""{"query":"q","documents":[{"title":"a"}]}""", "documents[0]")]
    [InlineData("""{"query":"q","documents":[{"text":"a","text":"b"}]}""", "documents[0]")]
    [InlineData("""{"query":"q","documents":["a"],"top_n":0}""", "top_n")]
    [InlineData("""{"query":"q","documents":["a"],"top_n":1.5}""", "top_n")]
    [InlineData("""{"query":"q","documents":["a"],"max_tokens_per_doc":10}""", "max_tokens_per_doc")]
    [InlineData("""{"query":"q","documents":["a"],"truncate_prompt_tokens":10}""", "truncate_prompt_tokens")]
    [InlineData("""{"query":"q","documents":["a"],"raw_scores":true}""", "raw_scores")]
    [InlineData("""{"query":"q","documents":["a"],"truncate":"NONE"}""", "truncate")]
    public async Task Rerank_ABadField_IsRefusedByName(string body, string param) => await _worker.RefusedAsync("/v1/rerank", body, param);

    [Fact]
    public async Task Rerank_MoreDocumentsThanPermitted_AreRefused() =>
        await _worker.RefusedAsync("/v1/rerank", JsonSerializer.Serialize(new { query = "q", documents = Enumerable.Repeat("a", 1001) }), "documents");

    [Fact]
    public async Task Rerank_AModelThatDoesSomethingElse_IsNamed()
    {
        var error = await _worker.RefusedAsync("/v1/rerank", new { model = "instructor", query = "q", documents = new[] { "a" } }, "model", "wrong_model_type");
        Assert.Contains("embeds", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        error = await _worker.RefusedAsync("/v1/embeddings", new { model = "lengths", input = "a" }, "model", "wrong_model_type");
        Assert.Contains("reranks", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        await _worker.RefusedAsync("/v1/chat/completions", new { model = "lengths", messages = new[] { new { role = "user", content = "a" } } }, "model", "wrong_model_type");
        await _worker.RefusedAsync("/v1/rerank", new { model = "none", query = "q", documents = new[] { "a" } }, "model", "model_not_found", System.Net.HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("/rerank")]
    [InlineData("/v2/rerank")]
    public async Task Rerank_AtAnotherServersPath_IsTheSame(string path) =>
        Assert.Equal(1, (await _worker.PostJsonAsync(path, """{"query":"q","documents":["a"]}""")).GetProperty("results").GetArrayLength());

    [Theory]
    [InlineData("/v1/score", """{"model":"lengths","text_1":"q","text_2":"aa"}""", new[] { 0.2 }, 3)]
    [InlineData("/score", """{"text_1":"q","text_2":["aa","a","aaa"]}""", new[] { 0.2, 0.1, 0.3 }, 9)]
    [InlineData("/v1/score", """{"text_1":["p","qq","p"],"text_2":["aa","a","aaa"]}""", new[] { 0.2, 0.1, 0.3 }, 10)]
    [InlineData("/v1/score", """{"queries":["q"],"documents":["a","a"],"truncate_prompt_tokens":-1}""", new[] { 0.1, 0.1 }, 4)]
    public async Task Score_Pairs_AreScoredInTheirOrder(string path, string body, double[] scores, int tokens)
    {
        var answer = await _worker.PostJsonAsync(path, body);
        Assert.Equal(("list", "lengths"), (answer.GetProperty("object").GetString(), answer.GetProperty("model").GetString()));
        var data = answer.GetProperty("data").EnumerateArray().ToArray();
        Assert.Equal(Enumerable.Range(0, scores.Length), data.Select(score => score.GetProperty("index").GetInt32()));
        Assert.Equal(scores, data.Select(score => score.GetProperty("score").GetDouble()));
        Assert.All(data, score => Assert.Equal("score", score.GetProperty("object").GetString()));
        Assert.Equal(tokens, answer.GetProperty("usage").GetProperty("total_tokens").GetInt32());
    }

    [Theory]
    [InlineData("{}", "text_1")]
    [InlineData("""{"text_1":"q"}""", "text_2")]
    [InlineData("""{"text_1":"q","text_2":[]}""", "text_2")]
    [InlineData("""{"text_1":"","text_2":"a"}""", "text_1")]
    [InlineData("""{"text_1":"q","text_2":["a"," "]}""", "text_2[1]")]
    [InlineData("""{"text_1":["p","q"],"text_2":["a"]}""", "text_1")]
    [InlineData("""{"queries":["p","q"],"documents":["a","b","c"]}""", "queries")]
    [InlineData("""{"text_1":"q","queries":"q","text_2":"a"}""", "queries")]
    [InlineData("""{"text_1":5,"text_2":"a"}""", "text_1")]
    [InlineData("""{"text_1":"q","text_2":"a","truncate_prompt_tokens":10}""", "truncate_prompt_tokens")]
    [InlineData("""{"text_1":"q","text_2":"a","model":"instructor"}""", "model")]
    public async Task Score_ABadField_IsRefusedByName(string body, string param) => await _worker.RefusedAsync("/v1/score", body, param);

    [Fact]
    public async Task Health_AtVllmsPath_IsReadiness()
    {
        using var health = await _worker.Client.GetAsync("/health");
        using var ready = await _worker.Client.GetAsync("/health/ready");
        Assert.Equal((ready.StatusCode, await ready.Content.ReadAsStringAsync()), (health.StatusCode, await health.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task Models_AReranker_IsListedAndTokenizes()
    {
        Assert.Contains("\"lengths\"", await _worker.Client.GetStringAsync("/v1/models"), StringComparison.Ordinal);
        var tokens = await _worker.PostJsonAsync("/tokenize", new { model = "lengths", prompt = "abc", add_special_tokens = false });
        Assert.Equal((3, 64), (tokens.GetProperty("count").GetInt32(), tokens.GetProperty("max_model_len").GetInt32()));
    }

    /// <summary>The longer the better: a tenth a character.</summary>
    private sealed class LengthReranker : IReranker
    {
        public string ModelName => "lengths";

        public int MaxTokens => 64;

        public Task<IReadOnlyList<RerankScore>> ScoreAsync(string query, IReadOnlyList<string> documents, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<RerankScore>>([.. documents.Select(document => new RerankScore(document.Length / 10.0, query.Length + document.Length))]);
    }
}
