using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Protocol;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Mcp.Servers;

/// <summary>Tools of upstream servers as agents find and call them, by the SDK's client over the gateway and its server behind it.</summary>
[Collection("gateway")]
public sealed class McpServerToolsTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private ServersHost _host = null!;

    public async Task InitializeAsync() => _host = await ServersHost.StartAsync(azurite);

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData(HttpServerSessionMode.Stateless, "2026-07-28")]
    [InlineData(HttpServerSessionMode.Stateful, "2025-11-25")]
    public async Task Tools_OfServersOfAnyKind_AreListedAndCalled(HttpServerSessionMode mode, string version)
    {
        await using var upstream = await UpstreamServer.StartAsync(mode);
        upstream.Set(
            new Tool
            {
                Name = "add.numbers",
                Title = "Add",
                Description = "Adds two numbers.",
                InputSchema = JsonElement.Parse("""{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}},"required":["a","b"]}"""),
                OutputSchema = JsonElement.Parse("""{"type":"object","properties":{"sum":{"type":"integer"}},"required":["sum"]}"""),
                Annotations = new ToolAnnotations { ReadOnlyHint = true, DestructiveHint = false },
            },
            (context, _) =>
            {
                var sum = context.Params!.Arguments!["a"].GetInt32() + context.Params.Arguments["b"].GetInt32();
                return ValueTask.FromResult(new CallToolResult
                {
                    Content = [new TextContentBlock { Text = $"It is {sum}." }, ImageContentBlock.FromBytes(new byte[] { 1, 2, 3 }, "image/png")],
                    StructuredContent = JsonSerializer.SerializeToElement(new { sum }),
                    Meta = new JsonObject { ["secret"] = "upstream-meta" },
                });
            });
        await _host.AddAsync("math", upstream);
        Assert.Equal(version, (await _host.SendAsync(HttpMethod.Get, "/mcp-servers/math")).GetProperty("status").GetProperty("protocol_version").GetString());

        await using var client = await _host.ConnectAsync();
        var tool = Assert.Single(await client.ListToolsAsync(), tool => tool.Name.StartsWith("math__", StringComparison.Ordinal));
        Assert.Matches("^math__add_numbers_[0-9a-f]{8}$", tool.Name);
        Assert.Equal(("Add", "Adds two numbers.", true, false), (tool.ProtocolTool.Title, tool.Description, tool.ProtocolTool.Annotations!.ReadOnlyHint, tool.ProtocolTool.Annotations.DestructiveHint));
        Assert.Equal(["a", "b"], tool.ProtocolTool.InputSchema.GetProperty("required").EnumerateArray().Select(name => name.GetString()));
        Assert.NotNull(tool.ProtocolTool.OutputSchema);

        for (var i = 0; i < 3; i++)
        {
            var result = await client.CallToolAsync(tool.Name, new Dictionary<string, object?> { ["a"] = 40, ["b"] = i });
            Assert.NotEqual(true, result.IsError);
            Assert.Equal($"It is {40 + i}.", ServersHost.TextOf(result));
            Assert.Equal(40 + i, result.StructuredContent!.Value.GetProperty("sum").GetInt32());
            Assert.Equal([1, 2, 3], Assert.IsType<ImageContentBlock>(result.Content[1]).DecodedData.ToArray());
            Assert.Null(result.Meta?["secret"]);
        }

        // One session for whoever lists and one for the caller, however often it calls.
        Assert.Equal(mode == HttpServerSessionMode.Stateful ? 2 : 0, upstream.Count("initialize"));
        Assert.True(upstream.Count("server/discover") <= 2, "A server of the newest version is asked once for each caller.");
    }

    /// <summary>The confused deputy: what a caller sends as its own is for this gateway alone.</summary>
    [Fact]
    public async Task Calls_AreMadeWithTheServersKeyAndNothingOfTheCallers()
    {
        await using var upstream = await UpstreamServer.StartAsync();
        upstream.Authorization = "Bearer upstream-key";
        upstream.Set("echo", "Echoes.", arguments => arguments["text"].GetString()!);
        await _host.AddAsync("tools", upstream, new { credential = new { type = "bearer", value = "upstream-key" } });
        var key = await _host.KeyAsync(new { name = "agent" });
        upstream.Requests.Clear();
        Assert.Equal("hello", ServersHost.TextOf(await _host.CallAsync("tools__echo", new { text = "hello" }, key)));
        Assert.NotEmpty(upstream.Requests);
        Assert.All(upstream.Requests, request =>
        {
            Assert.Equal("Bearer upstream-key", request.Headers["Authorization"]);
            var all = string.Join('\n', request.Headers.Select(header => $"{header.Key}: {header.Value}")) + request.Body;
            Assert.DoesNotContain(key, all, StringComparison.Ordinal);
            Assert.DoesNotContain("caller-header-canary", all, StringComparison.Ordinal);
            Assert.DoesNotContain("agent", all, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Key_InAHeaderOfAnotherName_IsShownThere()
    {
        await using var upstream = await UpstreamServer.StartAsync();
        upstream.Set("echo", "Echoes.", _ => "yes");
        await _host.AddAsync("tools", upstream, new { credential = new { type = "header", header = "X-Api-Key", value = "k-1" } });
        await _host.CallAsync("tools__echo");
        Assert.All(upstream.Requests, request => Assert.Equal("k-1", request.Headers["X-Api-Key"]));
        Assert.DoesNotContain(upstream.Requests, request => request.Headers.ContainsKey("Authorization"));
    }

    [Fact]
    public async Task Key_ThatIsRotatedInTheVault_IsUsedAfterARefusal()
    {
        await using var upstream = await UpstreamServer.StartAsync();
        upstream.Authorization = "Bearer first";
        upstream.Set("echo", "Echoes.", _ => "yes");
        await _host.AddAsync("tools", upstream, new { credential = new { type = "bearer", value = "first" } });
        await using var client = await _host.ConnectAsync();
        Assert.NotEqual(true, (await client.CallToolAsync("tools__echo")).IsError);

        upstream.Authorization = "Bearer second";
        var secret = Assert.Single(_host.Gateway.Vault.Secrets.Keys, name => name.StartsWith("mcp-tools-", StringComparison.Ordinal));
        _host.Gateway.Vault.Put(secret, "second");
        Assert.NotEqual(true, (await client.CallToolAsync("tools__echo")).IsError);

        upstream.Authorization = "Bearer third";
        var refused = await _host.ErrorAsync("tools__echo");
        Assert.Equal("upstream_authentication: The MCP server 'tools' refused the credential that is stored for it.", refused);
    }

    [Fact]
    public async Task Session_ThatTheServerHasForgotten_IsMadeAnew()
    {
        await using var client = await _host.ConnectAsync();
        int port;
        await using (var upstream = await UpstreamServer.StartAsync(HttpServerSessionMode.Stateful))
        {
            port = upstream.Address.Port;
            upstream.Set("echo", "Echoes.", _ => "first");
            await _host.AddAsync("tools", upstream);
            Assert.Equal("first", ServersHost.TextOf(await client.CallToolAsync("tools__echo")));
        }

        await using var restarted = await UpstreamServer.StartAsync(HttpServerSessionMode.Stateful, port);
        restarted.Set("echo", "Echoes.", _ => "second");
        Assert.Equal("second", ServersHost.TextOf(await client.CallToolAsync("tools__echo")));
    }

    /// <summary>What a server keeps with a session is its user's.</summary>
    [Fact]
    public async Task Sessions_OfTwoCallers_AreTwo()
    {
        await using var upstream = await UpstreamServer.StartAsync(HttpServerSessionMode.Stateful);
        upstream.Set(new Tool { Name = "who", Description = "Whose session.", InputSchema = JsonElement.Parse("""{"type":"object"}""") }, (context, _) => ValueTask.FromResult(UpstreamServer.Text(context.Server.SessionId!)));
        await _host.AddAsync("tools", upstream);
        var (one, two) = (await _host.KeyAsync(new { name = "one" }), await _host.KeyAsync(new { name = "two" }));
        var first = ServersHost.TextOf(await _host.CallAsync("tools__who", key: one));
        Assert.NotEqual(first, ServersHost.TextOf(await _host.CallAsync("tools__who", key: two)));
        Assert.Equal(first, ServersHost.TextOf(await _host.CallAsync("tools__who", key: one)));
    }

    [Fact]
    public async Task Progress_OfTheServer_IsTold()
    {
        await using var upstream = await UpstreamServer.StartAsync();
        var heard = new TaskCompletionSource();
        upstream.Set(new Tool { Name = "slow", Description = "Takes its time.", InputSchema = JsonElement.Parse("""{"type":"object"}""") }, async (context, stop) =>
        {
            await context.Server.NotifyProgressAsync(context.Params!.ProgressToken!.Value, new ProgressNotificationValue { Progress = 0.5f, Total = 2, Message = "half" }, cancellationToken: stop);
            await heard.Task.WaitAsync(stop);
            return UpstreamServer.Text("done");
        });
        await _host.AddAsync("tools", upstream);
        await using var client = await _host.ConnectAsync();
        ProgressNotificationValue? told = null;
        var result = await client.CallToolAsync("tools__slow", progress: new Progress(value =>
        {
            told = value;
            heard.TrySetResult();
        }));
        Assert.Equal("done", ServersHost.TextOf(result));
        Assert.Equal((0.5f, 2f, "half"), (told!.Progress, told.Total, told.Message));
    }

    [Fact]
    public async Task Cancellation_OfTheCaller_ReachesTheServer()
    {
        await using var upstream = await UpstreamServer.StartAsync();
        var (begun, stopped) = (new TaskCompletionSource(), new TaskCompletionSource());
        upstream.Set(new Tool { Name = "slow", Description = "Takes its time.", InputSchema = JsonElement.Parse("""{"type":"object"}""") }, async (_, stop) =>
        {
            using var told = stop.Register(() => stopped.TrySetResult());
            begun.TrySetResult();
            await stopped.Task;
            throw new OperationCanceledException(stop);
        });
        await _host.AddAsync("tools", upstream);
        await using var client = await _host.ConnectAsync();
        using var leave = new CancellationTokenSource();
        var call = client.CallToolAsync("tools__slow", cancellationToken: leave.Token).AsTask();
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Errors_OfTheTool_AreTheTools()
    {
        await using var upstream = await UpstreamServer.StartAsync();
        upstream.Set(new Tool { Name = "fail", Description = "Fails.", InputSchema = JsonElement.Parse("""{"type":"object"}""") }, (_, _) => ValueTask.FromResult(new CallToolResult { IsError = true, Content = [new TextContentBlock { Text = "No such ticket." }] }));
        upstream.Set(new Tool { Name = "refuse", Description = "Refuses.", InputSchema = JsonElement.Parse("""{"type":"object"}""") }, (_, _) => throw new McpProtocolException("Give a \u200bnumber.", McpErrorCode.InvalidParams));
        await _host.AddAsync("tools", upstream);
        Assert.Equal("No such ticket.", await _host.ErrorAsync("tools__fail"));
        Assert.Equal("upstream_refused: The MCP server 'tools' refused the call: Give a number.", await _host.ErrorAsync("tools__refuse"));
    }

    /// <summary>As the TypeScript SDK's servers write them.</summary>
    [Fact]
    public async Task Results_WhoseBlocksAreAnnotated_ArePassedOn()
    {
        await using var upstream = await UpstreamServer.StartAsync();
        upstream.Set("echo", "Echoes.", _ => "yes");
        await _host.AddAsync("tools", upstream);
        upstream.Instead = async http =>
        {
            var request = (await JsonDocument.ParseAsync(http.Request.Body)).RootElement;
            http.Request.Body.Position = 0;
            if (request.GetProperty("method").GetString() != "tools/call") return false;
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync($$$"""
                {"jsonrpc":"2.0","id":{{{request.GetProperty("id").GetRawText()}}},"result":{"resultType":"complete","content":[
                  {"type":"text","text":"done","annotations":{"audience":["user"],"priority":0.7}},
                  {"type":"resource_link","uri":"a:b","name":"n","icons":[{"src":"https://a.example.com/i.png"}]}]}}
                """);
            return true;
        };
        var result = await _host.CallAsync("tools__echo");
        Assert.NotEqual(true, result.IsError);
        Assert.Equal("done", ServersHost.TextOf(result));
        Assert.Equal("a:b", Assert.IsType<ResourceLinkBlock>(result.Content[1]).Uri);
    }

    [Fact]
    public async Task Guards_OfTheServer_HoldForArgumentsAndResults()
    {
        await using var upstream = await UpstreamServer.StartAsync();
        var seen = "";
        upstream.Set("mail", "Writes.", arguments =>
        {
            seen = arguments["to"].GetString()!;
            return """{"from":"bob@example.com","words":"swordfish is said"}""";
        });
        await _host.AddAsync("tools", upstream, new
        {
            guards = new
            {
                input = new object[] { new { pii = "email", action = "mask" }, new { words = new[] { "dynamite" }, action = "block" } },
                output = new object[] { new { pii = "email", action = "mask" }, new { words = new[] { "password" }, action = "block" } },
            },
        });
        Assert.Equal("""{"from":"[email]","words":"swordfish is said"}""", ServersHost.TextOf(await _host.CallAsync("tools__mail", new { to = "\nada@example.com" })));
        Assert.Equal("\n[email]", seen);
        Assert.StartsWith("guard_blocked: 'arguments' hold", await _host.ErrorAsync("tools__mail", new { to = "dynamite" }), StringComparison.Ordinal);
        upstream.Set("tell", "Tells.", _ => "the password is 1");
        await _host.SendAsync(HttpMethod.Post, "/mcp-servers/tools/approve", new { all = true });
        Assert.StartsWith("guard_blocked: The result holds", await _host.ErrorAsync("tools__tell"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_OfTheServerAndTheClient_AreReached()
    {
        await using var upstream = await UpstreamServer.StartAsync();
        upstream.Set("echo", "Echoes.", _ => "yes");
        await _host.AddAsync("tools", upstream);
        await _host.SendAsync(HttpMethod.Put, "/limits/mcp-servers/tools", new { limits = new[] { new { calls = 1, renewal_period = "day", key = "user" } } });
        var (one, two) = (await _host.KeyAsync(new { name = "one" }), await _host.KeyAsync(new { name = "two" }));
        Assert.NotEqual(true, (await _host.CallAsync("tools__echo", key: one)).IsError);
        Assert.Matches("^rate_limit_exceeded: The limit of 1 call a day of this client on MCP server 'tools' is reached", await _host.ErrorAsync("tools__echo", key: one));
        Assert.NotEqual(true, (await _host.CallAsync("tools__echo", key: two)).IsError);
        var tokens = await _host.Gateway.SendAsync(HttpMethod.Put, "/limits/mcp-servers/tools", new { limits = new[] { new { tokens = 1, renewal_period = "day" } } }, ServersHost.Op);
        Assert.Equal((400, "limits[0]"), (tokens.Status, tokens.Param));
        Assert.Equal(1, (await _host.SendAsync(HttpMethod.Get, "/limits")).GetProperty("mcp_servers").GetProperty("tools").GetArrayLength());
    }

    [Fact]
    public async Task Lists_OfManyTools_ComePageByPage()
    {
        await using var upstream = await UpstreamServer.StartAsync();
        upstream.PageSize = 40;
        for (var i = 0; i < 230; i++) upstream.Set($"t{i:000}", "A tool.", _ => "");
        await _host.AddAsync("many", upstream);
        var names = await _host.NamesAsync();
        Assert.Equal(Enumerable.Range(0, 230).Select(i => $"many__t{i:000}"), names);
    }

    private sealed class Progress(Action<ProgressNotificationValue> told) : IProgress<ProgressNotificationValue>
    {
        public void Report(ProgressNotificationValue value) => told(value);
    }
}
