using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Protocols;
using ModelContextProtocol.Client;
using Serverless.Functions.Tests.Clients;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Mcp;

/// <summary>The endpoint as HTTP and JSON-RPC see it, and what it tells of what goes through it.</summary>
[Collection(AzureCollection.Name)]
public sealed class McpProtocolTests(AzureServices azure) : IAsyncLifetime
{
    private const string List = """{"jsonrpc":"2.0","id":7,"method":"tools/list"}""";
    private const string Ping = """{"jsonrpc":"2.0","id":7,"method":"ping"}""";

    private McpHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await McpHost.StartAsync(azure, new() { ["Gateway:CorsOrigins"] = "https://agent.example" });
        await _host.AddCollectionAsync("garden", "gardener");
        await _host.AddDocumentAsync("garden", "rose.md", "The rose wants sun.");
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("{", 400, -32700)]
    [InlineData("", 400, -32700)]
    [InlineData("[]", 400, -32600)]
    [InlineData($"[{Ping},{List}]", 400, -32600)]
    [InlineData("5", 400, -32600)]
    [InlineData("{}", 400, -32600)]
    [InlineData("""{"jsonrpc":"1.0","id":1,"method":"ping"}""", 400, -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":null,"method":"ping"}""", 400, -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":{},"method":"ping"}""", 400, -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1.5,"method":"ping"}""", 400, -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":5}""", 400, -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}""", 400, -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}""", 400, -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":{}}}""", 400, -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":[]}}""", 400, -32600)]
    [InlineData("""{"jsonrpc":"2.0","result":{}}""", 400, -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":{},"result":{}}""", 400, -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":5}""", 400, -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":"failed"}""", 400, -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{"code":"x","message":"failed"}}""", 400, -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"failed"}}""", 400, -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"no/such"}""", 200, -32601)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"prompts/list"}""", 200, -32601)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"drop_tables"}}""", 200, -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call"}""", 200, -32602)]
    public async Task Message_ThatIsWrong_IsAnErrorOfJsonRpc(string body, int status, int code)
    {
        var answer = await _host.PostAsync(body);
        Assert.Equal((status, code), (answer.Status, answer.Json.GetProperty("error").GetProperty("code").GetInt32()));
        Assert.Equal("2.0", answer.Json.GetProperty("jsonrpc").GetString());
        Assert.Equal(200, (await _host.PostAsync(Ping)).Status);
    }

    [Fact]
    public async Task Message_OfManyBytesIdsOrDepth_IsRefusedAndTheNextAnswered()
    {
        var large = await _host.PostAsync($$$"""{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"{{{new string('x', 1024 * 1024)}}}"}}""");
        Assert.Equal((413, -32600), (large.Status, large.Json.GetProperty("error").GetProperty("code").GetInt32()));
        var longId = await _host.PostAsync($$"""{"jsonrpc":"2.0","id":"{{new string('i', 5000)}}","method":"ping"}""");
        Assert.Equal(400, longId.Status);
        Assert.True(longId.Body.Length < 500);
        Assert.Equal(400, (await _host.PostAsync("""{"jsonrpc":"2.0","id":99999999999999999999999,"method":"ping"}""")).Status);
        var deep = await _host.PostAsync($$$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{"x":{{{{new string('[', 55)}}}}{{{{new string(']', 55)}}}}}}}""");
        Assert.True(deep.Status < 500, deep.Body);
        var answer = await _host.PostAsync(Ping);
        Assert.Equal((200, 7), (answer.Status, answer.Json.GetProperty("id").GetInt32()));
    }

    [Theory]
    [InlineData("GET", 405)]
    [InlineData("HEAD", 405)]
    [InlineData("DELETE", 405)]
    [InlineData("PUT", 405)]
    public async Task Methods_OfAServerWithSessionsOrAStream_AreNotAllowed(string method, int status)
    {
        var answer = await _host.Gateway.SendAsync(new HttpMethod(method), "/mcp", null, McpHost.Op, ("Accept", "text/event-stream"));
        Assert.Equal(status, answer.Status);
        using var request = new HttpRequestMessage(new HttpMethod(method), "/mcp");
        request.Headers.TryAddWithoutValidation("x-api-key", McpHost.Op);
        using var response = await _host.Gateway.Http.SendAsync(request);
        Assert.Equal("POST", string.Join(',', response.Content.Headers.Allow));
    }

    [Theory]
    [InlineData("MCP-Protocol-Version", "1999-01-01", 400)]
    [InlineData("MCP-Protocol-Version", "2025-06-18", 200)]
    [InlineData("MCP-Protocol-Version", "2026-07-28", 400)]
    [InlineData("Mcp-Session-Id", "s", 400)]
    [InlineData("Origin", "https://evil.example", 403)]
    [InlineData("Origin", "null", 403)]
    [InlineData("Origin", "https://agent.example", 200)]
    [InlineData("Origin", "http://localhost:5173", 200)]
    public async Task Headers_OfVersionSessionAndOrigin_AreChecked(string name, string value, int status)
    {
        var answer = await _host.PostAsync(List, McpHost.Op, (name, value));
        Assert.Equal(status, answer.Status);
        Assert.Equal(status == 200, answer.Json.TryGetProperty("result", out _));
    }

    /// <summary>The version without a handshake says in each message what it is, and in headers what is in the message.</summary>
    [Theory]
    [InlineData("tools/list", "tools/list", "2026-07-28", true, 200, 0)]
    [InlineData("tools/list", "tools/call", "2026-07-28", true, 400, -32020)]
    [InlineData("tools/list", "tools/list", "2025-11-25", true, 400, -32020)]
    [InlineData("tools/list", "tools/list", "2026-07-28", false, 400, -32602)]
    [InlineData("no/such", "no/such", "2026-07-28", true, 404, -32601)]
    [InlineData("initialize", "initialize", "2026-07-28", true, 404, -32601)]
    [InlineData("server/discover", "server/discover", "2026-07-28", true, 200, 0)]
    public async Task MessagesOfTheNewestVersion_AreHeldToIt(string method, string told, string version, bool hasCapabilities, int status, int code)
    {
        var capabilities = hasCapabilities ? ""","io.modelcontextprotocol/clientCapabilities":{}""" : "";
        var body = $$$$"""{"jsonrpc":"2.0","id":1,"method":"{{{{method}}}}","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"{{{{version}}}}"{{{{capabilities}}}}}}}""";
        var answer = await _host.PostAsync(body, McpHost.Op, ("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", told));
        Assert.Equal((status, code), (answer.Status, answer.Json.TryGetProperty("error", out var error) ? error.GetProperty("code").GetInt32() : 0));
        Assert.Equal(1, answer.Json.GetProperty("id").GetInt32());
    }

    [Fact]
    public async Task Accept_AndContentType_AreThoseOfTheTransport()
    {
        Assert.Equal(406, (await _host.Gateway.SendAsync(HttpMethod.Post, "/mcp", List, McpHost.Op, ("Accept", "application/json"))).Status);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp") { Content = new StringContent(List, Encoding.UTF8, "text/plain") };
        request.Headers.TryAddWithoutValidation("x-api-key", McpHost.Op);
        using var response = await _host.Gateway.Http.SendAsync(request);
        Assert.Equal(415, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":"a","error":{"code":-32601,"message":"Method not found"}}""")]
    public async Task Responses_ToRequestsThatNobodyMade_AreAccepted(string body)
    {
        var answer = await _host.PostAsync(body);
        Assert.Equal((202, ""), (answer.Status, answer.Body));
    }

    [Fact]
    public async Task Notifications_AreAccepted()
    {
        var answer = await _host.PostAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        Assert.Equal((202, ""), (answer.Status, answer.Body));
        Assert.Equal(202, (await _host.PostAsync("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":"r"}}""")).Status);
    }

    [Fact]
    public async Task Credentials_ThatAreMissing_AreAskedForWhereSignInIsToldOf()
    {
        var plain = await _host.PostAsync(List, key: null);
        Assert.Equal((401, "Bearer"), (plain.Status, plain.Headers["WWW-Authenticate"]));
        Assert.Equal(404, (await _host.Gateway.GetAsync("/.well-known/oauth-protected-resource/mcp")).Status);

        using var tenant = new FakeTenant();
        await using var host = await McpHost.StartAsync(
            azure,
            new() { ["Entra:TenantId"] = FakeTenant.Id, ["Entra:Audience"] = FakeTenant.Audience, ["Gateway:PublicUrl"] = "https://gateway.example" },
            services => services.AddSingleton<IDocumentRetriever>(tenant));
        var asked = await host.PostAsync(List, key: null);
        Assert.Equal((401, "Bearer resource_metadata=\"https://gateway.example/.well-known/oauth-protected-resource/mcp\""), (asked.Status, asked.Headers["WWW-Authenticate"]));
        Assert.Equal("Bearer", (await host.Gateway.GetAsync("/v1/models")).Headers["WWW-Authenticate"]);
        foreach (var path in (string[])["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"])
        {
            Assert.Equal(
                $$"""{"resource":"https://gateway.example/mcp","authorization_servers":["https://login.microsoftonline.com/{{FakeTenant.Id}}/v2.0"],"scopes_supported":["api://gateway/.default"],"bearer_methods_supported":["header"],"resource_name":"Serverless"}""",
                (await host.Gateway.GetAsync(path)).Body);
        }

        Assert.True((await host.Gateway.GetAsync("/.well-known/oauth-protected-resource/clients")).Status is 401 or 404);
        var person = "bbbbbbbb-0000-0000-0000-000000000001";
        await host.SendAsync(HttpMethod.Post, "/clients", new { name = "person", entra = new { object_id = person } });
        await using var client = await host.ConnectAsync(tenant.Token(person, DateTimeOffset.UtcNow));
        Assert.NotNull(await client.ListToolsAsync());
    }

    [Fact]
    public async Task Call_ThatIsCancelled_EndsAtTheModelToo()
    {
        var (begun, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        _host.Gateway.Provider.On("/v1/chat/completions", async http =>
        {
            http.RequestAborted.Register(ended.SetResult);
            await FakeProvider.SendAsync(http, FakeProvider.Chunk(isChat: true, "Well", null));
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        });
        await using var client = await _host.ConnectAsync(McpHost.Op);
        using var cancel = new CancellationTokenSource();
        var call = client.CallToolAsync("ask_gardener", new Dictionary<string, object?> { ["question"] = "What does the rose want?" }, cancellationToken: cancel.Token).AsTask();
        await begun.Task.WaitAsync(TimeSpan.FromMinutes(1));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await ended.Task.WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task WhatGoesThrough_IsInNoLogNorSpan()
    {
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Serverless.Gateway",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                lock (spans) spans.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        var marker = "canary" + Guid.NewGuid().ToString("N");
        await _host.AddDocumentAsync("garden", "canary.md", $"The {marker} sings.");
        await using var client = await _host.ConnectAsync(McpHost.Op);
        foreach (var (tool, field, value) in ((string, string, string)[])[("search", "query", marker), ("fetch", "id", "garden/canary.md"), ("fetch", "id", $"garden/{marker}"), ("ask_gardener", "question", $"Does {marker} sing?"), ("ask_gardener", marker, "x"), ("search", "collection", marker)])
            await client.CallToolAsync(tool, new Dictionary<string, object?> { [field] = value });
        await _host.PostAsync($$$$"""{"jsonrpc":"2.0","id":"{{{{marker}}}}","method":"tools/call","params":{"name":"{{{{marker}}}}","arguments":{"{{{{marker}}}}":1}}}""");
        await _host.PostAsync($$"""{"jsonrpc":"2.0","id":1,"method":"{{marker}}"}""");
        await _host.PostAsync($$"""{"jsonrpc":"2.0","id":1,"method":"ping" {{marker}}""");
        await _host.PostAsync(Ping, McpHost.Op, ("Mcp-Method", marker), ("Mcp-Name", marker));
        Assert.DoesNotContain(marker, _host.Gateway.Logs.All, StringComparison.OrdinalIgnoreCase);
        lock (spans)
        {
            var requests = spans.Where(span => span.OperationName == "POST /mcp").Select(span => span.TraceId).ToHashSet();
            Assert.All(spans.Where(span => span.OperationName.StartsWith("tools/call", StringComparison.Ordinal)), call => Assert.Contains(spans, span => span.SpanId == call.ParentSpanId && span.OperationName == "POST /mcp"));
            Assert.Contains(spans, span => span.OperationName == "retrieval" && requests.Contains(span.TraceId));
            var ours = spans.Where(span => requests.Contains(span.TraceId)).ToList();
            Assert.Equal(
                [("tools/call ask_gardener", "ask_gardener"), ("tools/call fetch", "fetch"), ("tools/call search", "search")],
                ours.Where(span => span.OperationName.StartsWith("tools/call", StringComparison.Ordinal)).Select(span => (span.OperationName, (string)span.GetTagItem("gen_ai.tool.name")!)).Distinct().Order());
            Assert.DoesNotContain(ours, span => JsonSerializer.Serialize(span.TagObjects.ToDictionary(tag => tag.Key, tag => tag.Value?.ToString())).Contains(marker, StringComparison.OrdinalIgnoreCase));
        }
    }
}
