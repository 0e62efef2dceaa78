using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>Clients that are written for Azure OpenAI: deployments in the path, an api-version in the query, the key in <c>api-key</c>.</summary>
[Collection("gateway")]
public sealed class AzureDeploymentTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const string Query = "?api-version=2024-10-21";
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await GatewayHost.StartAsync(azurite);
        await _host.CreateRouteAsync("chat");
        await _host.CreateRouteAsync("complete", "llm/v1/completions");
        await _host.CreateRouteAsync("embed", "llm/v1/embeddings");
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Deployments_AreRoutes()
    {
        // The SDKs write the deployment into the body too, or leave it out.
        var chat = await PostAsync("/openai/deployments/chat/chat/completions", """{"model":"whatever","messages":[{"role":"user","content":"Hi"}]}""");
        Assert.Equal(("chat.completion", "chat"), (chat.Json.GetProperty("object").GetString(), chat.Json.GetProperty("model").GetString()));
        Assert.Equal("Hello there!", chat.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        var streamed = await PostAsync("/openai/deployments/chat/chat/completions", """{"messages":[{"role":"user","content":"Hi"}],"stream":true}""");
        Assert.EndsWith("data: [DONE]\n\n", streamed.Body, StringComparison.Ordinal);
        Assert.Equal("Once upon", (await PostAsync("/openai/deployments/complete/completions", """{"prompt":"Hi"}""")).Json.GetProperty("choices")[0].GetProperty("text").GetString());
        Assert.Equal(2, (await PostAsync("/openai/deployments/embed/embeddings", """{"input":["a","b"]}""")).Json.GetProperty("data").GetArrayLength());
        Assert.Equal("chat", (await PostAsync("/openai/deployments/chat@1/chat/completions", """{"messages":[{"role":"user","content":"Hi"}]}""")).Json.GetProperty("model").GetString()!.Split('@')[0]);
    }

    /// <summary>What an Azure resource serves at its v1 paths, and before them at dated ones, is what is served at OpenAI's.</summary>
    [Theory]
    [InlineData("/openai/v1")]
    [InlineData("/openai/v1", "?api-version=preview")]
    [InlineData("/openai", Query)]
    public async Task V1Paths_AreOpenAis(string root, string query = "")
    {
        Task<GatewayHost.Answer> SendAsync(string path, string body) => _host.SendAsync(HttpMethod.Post, root + path + query, body);
        var response = await SendAsync("/responses", """{"model":"chat","input":"Hi"}""");
        Assert.Equal("Hello there!", response.Json.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString());
        var models = await _host.GetAsync(root + "/models" + query);
        Assert.Equal((await _host.GetAsync("/v1/models")).Body, models.Body);
        Assert.Equal("embed", (await _host.GetAsync(root + "/models/embed" + query)).Json.GetProperty("id").GetString());
        Assert.Equal((404, "route_not_found", "model"), Told(await _host.GetAsync(root + "/models/nope" + query)));
        if (query == Query) return;
        var chat = await SendAsync("/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"Hi"}]}""");
        Assert.Equal("Hello there!", chat.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.EndsWith("data: [DONE]\n\n", (await SendAsync("/chat/completions", """{"model":"chat","messages":[{"role":"user","content":"Hi"}],"stream":true}""")).Body, StringComparison.Ordinal);
        Assert.Equal("Once upon", (await SendAsync("/completions", """{"model":"complete","prompt":"Hi"}""")).Json.GetProperty("choices")[0].GetProperty("text").GetString());
        Assert.Equal(2, (await SendAsync("/embeddings", """{"model":"embed","input":["a","b"]}""")).Json.GetProperty("data").GetArrayLength());
        Assert.Equal((404, "route_not_found", "model"), Told(await SendAsync("/chat/completions", """{"model":"nope","messages":[{"role":"user","content":"Hi"}]}""")));
    }

    [Theory]
    [InlineData("/openai/deployments/nope/chat/completions", 404, "route_not_found", "deployment")]
    [InlineData("/openai/deployments/embed/chat/completions", 400, "wrong_route_type", "model")]
    [InlineData("/openai/deployments/chat/embeddings", 400, "wrong_route_type", "model")]
    [InlineData("/openai/deployments/chat/images/generations", 404, "path_not_found", "path")]
    public async Task Deployment_ThatCannotAnswer_IsRefused(string path, int status, string code, string param)
    {
        var answer = await PostAsync(path, """{"messages":[{"role":"user","content":"Hi"}],"input":"a"}""");
        Assert.Equal((status, code, param), (answer.Status, answer.Code, answer.Param));
    }

    /// <summary>"On your data": whoever asks a model to answer from an index must not get an answer from none. A rag route has documents of its own.</summary>
    [Theory]
    [InlineData("/openai/deployments/chat/chat/completions", "")]
    [InlineData("/openai/v1/chat/completions", """ "model":"chat", """)]
    [InlineData("/v1/chat/completions", """ "model":"chat", """)]
    public async Task DataSources_AreForRagRoutes(string path, string model)
    {
        Task<GatewayHost.Answer> SendAsync(string sources) => PostAsync(path, $$"""{{{model}}"messages":[{"role":"user","content":"Hi"}],"data_sources":{{sources}}}""");
        Assert.Equal((400, "unsupported_parameter", "data_sources"), Told(await SendAsync("""[{"type":"azure_search","parameters":{"index_name":"i"}}]""")));
        Assert.Equal(200, (await SendAsync("[]")).Status);
        Assert.Equal(200, (await SendAsync("null")).Status);
        var rag = await _host.PostAsync("/api/2.0/gateway/routes", new { name = "rag", route_type = "rag/v1/answers", rag = new { embeddings_route = "embed", completions_route = "chat", collection = "c" } });
        Assert.True(rag.Status == 201, rag.Body);
        var asked = await PostAsync("/openai/deployments/rag/chat/completions", """{"messages":[{"role":"user","content":"Hi"}],"data_sources":[{"type":"azure_search"}]}""");
        Assert.DoesNotContain("data_sources", asked.Body, StringComparison.Ordinal);
    }

    private static (int Status, string? Code, string? Param) Told(GatewayHost.Answer answer) => (answer.Status, answer.Code, answer.Param);

    private Task<GatewayHost.Answer> PostAsync(string path, string body) => _host.SendAsync(HttpMethod.Post, path + Query, body);
}
