using Microsoft.AspNetCore.Http;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>Routes of type <c>llm/v1/rerank</c>, by the worker and by Cohere.</summary>
[Collection("gateway")]
public sealed class RerankRouteTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const string Scores = """{"object":"list","model":"small","results":[{"index":2,"relevance_score":0.9},{"index":0,"relevance_score":0.5},{"index":1,"relevance_score":0.5}],"usage":{"total_tokens":17}}""";

    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await GatewayHost.StartAsync(azurite);
        await _host.CreateRouteAsync("rank", "llm/v1/rerank", "small");
        await _host.CreateRouteAsync("chat");
        await _host.CreateRouteAsync("embed", "llm/v1/embeddings");
        Answers(Scores);
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Rerank_TextsAndObjects_ComeBackBestFirst()
    {
        var answer = await _host.PostAsync("/v1/rerank", """{"model":"rank","query":"why?","documents":["a",{"text":"b","id":1},"c"],"user":"me"}""");
        Assert.Equal(
            """{"object":"list","model":"rank","results":[{"index":2,"relevance_score":0.9},{"index":0,"relevance_score":0.5},{"index":1,"relevance_score":0.5}],"usage":{"prompt_tokens":17,"completion_tokens":0,"total_tokens":17}}""",
            answer.Body);
        var sent = _host.Provider.Single("/v1/rerank").Json;
        Assert.Equal(("small", "why?", """["a","b","c"]"""), (sent.GetProperty("model").GetString(), sent.GetProperty("query").GetString(), sent.GetProperty("documents").GetRawText()));
        Assert.NotEqual("me", sent.GetProperty("user").GetString());
    }

    [Theory]
    [InlineData("/v1/rerank", """{"model":"rank",""")]
    [InlineData("/gateway/rank/invocations", "{")]
    [InlineData("/endpoints/rank/invocations", "{")]
    public async Task Rerank_TopNWithDocuments_ByEveryPath(string path, string start)
    {
        var answer = await _host.PostAsync(path, start + """ "query":"why?","documents":["a","b","c"],"top_n":2,"return_documents":true}""");
        Assert.Equal("""[{"index":2,"relevance_score":0.9,"document":{"text":"c"}},{"index":0,"relevance_score":0.5,"document":{"text":"a"}}]""", answer.Json.GetProperty("results").GetRawText());
    }

    [Theory]
    [InlineData("""{"query":"q","documents":["a"]}""", "model")]
    [InlineData("""{"model":"chat","query":"q","documents":["a"]}""", "model")]
    [InlineData("""{"model":"rank","documents":["a"]}""", "query")]
    [InlineData("""{"model":"rank","query":" ","documents":["a"]}""", "query")]
    [InlineData("""{"model":"rank","query":"q"}""", "documents")]
    [InlineData("""{"model":"rank","query":"q","documents":[]}""", "documents")]
    [InlineData("""{"model":"rank","query":"q","documents":["a",""]}""", "documents[1]")]
    [InlineData("""{"model":"rank","query":"q","documents":["a",null]}""", "documents[1]")]
    [InlineData("""{"model":"rank","query":"q","documents":["a",{"title":"b"}]}""", "documents[1]")]
    [InlineData("""{"model":"rank","query":"q","documents":["a"],"top_n":0}""", "top_n")]
    [InlineData("""{"model":"rank","query":"q","documents":["a"],"rank_fields":["text"]}""", "rank_fields")]
    public async Task Rerank_ABadField_IsRefusedByName(string body, string param)
    {
        var answer = await _host.PostAsync("/v1/rerank", body);
        Assert.Equal((400, param), (answer.Status, answer.Param));
        Assert.Equal(0, _host.Provider.Count("/v1/rerank"));
    }

    [Theory]
    [InlineData("""{"results":[{"index":0,"relevance_score":0.5}]}""")]
    [InlineData("""{"results":[{"index":0,"relevance_score":0.5},{"index":0,"relevance_score":0.5},{"index":1,"relevance_score":0.5}]}""")]
    [InlineData("""{"results":[{"index":0,"relevance_score":0.5},{"index":3,"relevance_score":0.5},{"index":1,"relevance_score":0.5}]}""")]
    [InlineData("""{"results":[null,null,null]}""")]
    [InlineData("""{"object":"list"}""")]
    public async Task Rerank_ProviderLeavesDocumentsOut_IsABadGateway(string answered)
    {
        Answers(answered);
        var answer = await _host.PostAsync("/v1/rerank", new { model = "rank", query = "q", documents = new[] { "a", "b", "c" } });
        Assert.Equal((502, "upstream_invalid_response"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Rerank_Cohere_SpeaksV2()
    {
        _host.Provider.On("/v2/rerank", http => http.Response.WriteAsync("""{"id":"1","results":[{"index":1,"relevance_score":0.9},{"index":0,"relevance_score":0.1}],"meta":{"billed_units":{"search_units":1}}}"""));
        var made = await _host.PostAsync(
            "/api/2.0/gateway/routes",
            $$$$"""{"name":"cohere","route_type":"llm/v1/rerank","model":{"provider":"cohere","name":"rerank-v3.5","cohere_config":{"cohere_api_key":"key-c","cohere_api_base":"{{{{_host.Provider.Address.AbsoluteUri.TrimEnd('/')}}}}"}}}""");
        Assert.Equal(201, made.Status);
        var answer = await _host.PostAsync("/v1/rerank", new { model = "cohere", query = "q", documents = new[] { "a", "b" } });
        Assert.Equal("""[{"index":1,"relevance_score":0.9},{"index":0,"relevance_score":0.1}]""", answer.Json.GetProperty("results").GetRawText());
        Assert.Equal("""{"model":"rerank-v3.5","query":"q","documents":["a","b"]}""", _host.Provider.Single("/v2/rerank").Body);
        Assert.Equal("Bearer key-c", _host.Provider.Single("/v2/rerank").Authorization);
    }

    [Fact]
    public async Task Create_AProviderThatReranksNothing_SaysWhatItServes()
    {
        var answer = await _host.PostAsync("/api/2.0/gateway/routes", """{"name":"r2","route_type":"llm/v1/rerank","model":{"provider":"anthropic","name":"m","anthropic_config":{"anthropic_api_key":"k"}}}""");
        Assert.Equal((400, "route_type"), (answer.Status, answer.Param));
    }

    [Theory]
    [InlineData("""{"route":"rank"}""", 201, null)]
    [InlineData("""{"route":"rank@1","candidates":4,"floor":0.3}""", 201, null)]
    [InlineData("""{"route":"embed"}""", 400, "rag.rerank.route")]
    [InlineData("""{"route":"nothing"}""", 400, "rag.rerank.route")]
    [InlineData("""{"candidates":10}""", 400, "rag.rerank.route")]
    [InlineData("""{"route":"rank","candidates":3}""", 400, "rag.rerank.candidates")]
    [InlineData("""{"route":"rank","candidates":51}""", 400, "rag.rerank.candidates")]
    [InlineData("""{"route":"rank","floor":1.1}""", 400, "rag.rerank.floor")]
    [InlineData("""{"route":"rank","model":"x"}""", 400, "rag.rerank.model")]
    public async Task Create_ARagRouteWithAReranker_IsChecked(string rerank, int status, string? param)
    {
        var name = "garden" + Guid.NewGuid().ToString("N")[..8];
        var answer = await _host.PostAsync(
            "/api/2.0/gateway/routes", $$$$"""{"name":"{{{{name}}}}","route_type":"rag/v1/answers","rag":{"embeddings_route":"embed","completions_route":"chat","collection":"garden","rerank":{{{{rerank}}}}}}""");
        Assert.True(answer.Status == status, answer.Body);
        if (param is not null) Assert.Equal(param, answer.Param);
        else Assert.Contains("rank", (await _host.GetAsync($"/api/2.0/gateway/routes/{name}")).Json.GetProperty("rag").GetProperty("rerank").GetProperty("route").GetString(), StringComparison.Ordinal);
    }

    private void Answers(string json) => _host.Provider.On("/v1/rerank", http => http.Response.WriteAsync(json));
}
