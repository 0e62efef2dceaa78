using System.Net;

namespace Serverless.EndToEnd.Tests;

/// <summary>Clients that others wrote, from npm, unchanged, against a stack with the samples and a provider that has tools.</summary>
public sealed class ClientTests : IAsyncLifetime
{
    private readonly LocalStack _stack = new();
    private ToolProvider _provider = null!;

    public async Task InitializeAsync()
    {
        var port = FreePort.Find();
        _provider = await ToolProvider.StartAsync(port);
        await _stack.StartAsync(new Dictionary<string, string> { ["Gateway__AllowedHosts"] = $"127.0.0.1:{port}" });
        var model = new { provider = "openai", name = "tools", openai_config = new { openai_api_base = new Uri(_provider.Address, "v1").ToString() } };
        var (status, body) = await _stack.Http.SendAsync(HttpMethod.Post, "/api/2.0/gateway/routes", new { name = "tools", route_type = "llm/v1/chat", model });
        Assert.True(status == HttpStatusCode.Created, body.ToString());
    }

    public async Task DisposeAsync()
    {
        await _stack.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task ClientsOfNpm_Unchanged_Work()
    {
        var @base = _stack.Http.BaseAddress!.ToString().TrimEnd('/');
        Assert.Equal("ok", (await NodeScript.RunAsync("openai.mjs", @base, "demo-chat", "demo-llama", "demo-instructor", "tools")).Trim());
        Assert.Equal("ok", (await NodeScript.RunAsync("anthropic.mjs", @base, "demo-chat", "tools")).Trim());
        Assert.Equal("ok", (await NodeScript.RunAsync("langchain.mjs", @base, "demo-chat", "demo-instructor", "tools")).Trim());
        Assert.Equal("ok", (await NodeScript.RunAsync("ai.mjs", @base, "demo-chat", "demo-instructor", "tools")).Trim());
        Assert.Equal("ok", (await NodeScript.RunAsync("agents.mjs", @base, "tools")).Trim());
        Assert.Equal("ok", (await NodeScript.RunAsync("batches.mjs", @base, "demo-chat", "demo-instructor")).Trim());
        Assert.Equal("ok", (await NodeScript.RunAsync("message-batches.mjs", @base, "demo-chat")).Trim());
        var key = await StrangerAsync();
        Assert.Equal("ok", (await NodeScript.RunAsync("mcp.mjs", @base, "gardening", "gardening", key, "Why is my Fiddle Fig tree dropping its leaves?")).Trim());
        Assert.Equal("ok", (await NodeScript.RunAsync("mlflow.mjs", @base, "demo-chat", "demo-llama", "demo-instructor")).Trim());
    }

    /// <summary>The key of a client that may see nothing of the samples.</summary>
    private async Task<string> StrangerAsync()
    {
        await _stack.Http.SendAsync(HttpMethod.Put, "/collections/closed", new { embeddings_route = "all-minilm-l6-v2", groups = new[] { "nobody" } });
        var (status, client) = await _stack.Http.SendAsync(HttpMethod.Post, "/clients", new { name = "stranger", allowed_routes = new[] { "demo-chat" }, allowed_collections = new[] { "closed" } });
        Assert.True(status == HttpStatusCode.Created, client.ToString());
        return client.GetProperty("key").GetString()!;
    }
}
