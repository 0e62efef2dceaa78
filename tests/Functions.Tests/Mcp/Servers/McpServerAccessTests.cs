using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Mcp.Servers;

/// <summary>Who may use which upstream server and tool, and who learns what of them.</summary>
[Collection("gateway")]
public sealed class McpServerAccessTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private ServersHost _host = null!;
    private UpstreamServer _upstream = null!;

    public async Task InitializeAsync()
    {
        _host = await ServersHost.StartAsync(azurite);
        _upstream = await UpstreamServer.StartAsync();
        _upstream.Authorization = "Bearer key-canary";
        _upstream.Set("read", "Reads.", arguments => "result-canary " + arguments["text"].GetString());
        _upstream.Set("write", "Writes.", _ => "done");
        var credential = new { type = "bearer", value = "key-canary" };
        await _host.AddAsync("files", _upstream, new { credential });
        await _host.AddAsync("tickets", _upstream, new { credential, groups = new[] { "support" } });
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task TwoClients_EachFindTheirToolsAndCannotCallTheOthers()
    {
        var reader = await _host.KeyAsync(new { name = "reader", allowed_mcp_servers = new[] { "files__read" } });
        var agent = await _host.KeyAsync(new { name = "agent", groups = new[] { "support" }, allowed_mcp_servers = new[] { "tickets" } });
        var anybody = await _host.KeyAsync(new { name = "anybody" });
        var nobody = await _host.KeyAsync(new { name = "nobody", allowed_mcp_servers = Array.Empty<string>() });
        Assert.Equal(["files__read"], await _host.NamesAsync(reader));
        Assert.Equal(["tickets__read", "tickets__write"], await _host.NamesAsync(agent));
        Assert.Equal(["files__read", "files__write"], await _host.NamesAsync(anybody));
        Assert.Empty(await _host.NamesAsync(nobody));

        foreach (var (key, tool) in ((string, string)[])[(reader, "files__write"), (reader, "tickets__read"), (agent, "files__read"), (anybody, "tickets__read"), (nobody, "files__read")])
        {
            var unknown = await Assert.ThrowsAsync<McpProtocolException>(() => _host.CallAsync(tool, new { text = "x" }, key));
            Assert.Contains("There is no tool of that name", unknown.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, _upstream.Count("tools/call"));
        Assert.Equal("result-canary x", ServersHost.TextOf(await _host.CallAsync("files__read", new { text = "x" }, reader)));
    }

    [Fact]
    public async Task Rights_ThatAreTaken_AreGoneAtTheNextCall()
    {
        var client = await _host.SendAsync(HttpMethod.Post, "/clients", new { name = "c" });
        var key = client.GetProperty("key").GetString()!;
        Assert.NotEqual(true, (await _host.CallAsync("files__read", new { text = "x" }, key)).IsError);
        await _host.SendAsync(HttpMethod.Patch, $"/clients/{client.GetProperty("id").GetString()}", new { allowed_mcp_servers = new[] { "tickets" } });
        await Assert.ThrowsAsync<McpProtocolException>(() => _host.CallAsync("files__read", new { text = "x" }, key));
        await _host.SendAsync(HttpMethod.Patch, $"/clients/{client.GetProperty("id").GetString()}", """{"allowed_mcp_servers":null}""");
        Assert.NotEqual(true, (await _host.CallAsync("files__read", new { text = "x" }, key)).IsError);
        await _host.SendAsync(HttpMethod.Patch, "/mcp-servers/files", new { enabled = false });
        await Assert.ThrowsAsync<McpProtocolException>(() => _host.CallAsync("files__read", new { text = "x" }, key));
        Assert.Empty(await _host.NamesAsync(key));
    }

    [Fact]
    public async Task Client_WithANameThatIsNoServers_IsRefused()
    {
        foreach (var name in (string[])["filez", "filez__read", "../x"])
        {
            var refused = await _host.Gateway.PostAsync("/clients", new { name = "c", allowed_mcp_servers = new[] { name } }, ServersHost.Op);
            Assert.Equal((400, "allowed_mcp_servers", "unknown_name"), (refused.Status, refused.Param, refused.Code));
        }
    }

    [Fact]
    public async Task Views_TellAddressAndHeaderToOperatorsOnly_AndTheKeyToNobody()
    {
        var anybody = await _host.KeyAsync(new { name = "anybody" });
        var overseer = await _host.KeyAsync(new { name = "overseer", role = "reader" });
        foreach (var path in (string[])["/mcp-servers", "/mcp-servers/files"])
        {
            foreach (var (key, seesAddress) in ((string, bool)[])[(anybody, false), (overseer, false), (ServersHost.Op, true)])
            {
                var answer = await _host.Gateway.GetAsync(path, key);
                Assert.Equal(200, answer.Status);
                Assert.DoesNotContain("key-canary", answer.Body, StringComparison.Ordinal);
                Assert.Equal(seesAddress, answer.Body.Contains("127.0.0.1", StringComparison.Ordinal));
                Assert.Equal(seesAddress, answer.Body.Contains("\"credential\"", StringComparison.Ordinal));
            }
        }

        Assert.Equal(["files"], (await _host.Gateway.GetAsync("/mcp-servers", anybody)).Json.GetProperty("mcp_servers").EnumerateArray().Select(server => server.GetProperty("name").GetString()));
        Assert.Equal(404, (await _host.Gateway.GetAsync("/mcp-servers/tickets", anybody)).Status);
        Assert.Equal((await _host.Gateway.GetAsync("/mcp-servers/none", anybody)).Body, (await _host.Gateway.GetAsync("/mcp-servers/tickets", anybody)).Body);
        foreach (var (method, path) in ((string, string)[])[("POST", "/mcp-servers"), ("PATCH", "/mcp-servers/files"), ("DELETE", "/mcp-servers/files"), ("POST", "/mcp-servers/files/approve"), ("PUT", "/limits/mcp-servers/files")])
            Assert.Equal(403, (await _host.Gateway.SendAsync(new HttpMethod(method), path, "{}", anybody)).Status);
    }

    /// <summary>What goes through the gateway stays out of its logs, its configuration and its audit.</summary>
    [Fact]
    public async Task Canaries_OfKeyArgumentsAndResults_AreNowhere()
    {
        _upstream.Set(new Tool { Name = "fail", Description = "Fails.", InputSchema = JsonElement.Parse("""{"type":"object"}""") }, (_, _) => throw new McpProtocolException("error-canary", McpErrorCode.InvalidParams));
        await _host.SendAsync(HttpMethod.Post, "/mcp-servers/files/approve", new { all = true });
        var key = await _host.KeyAsync(new { name = "agent" });
        Assert.Equal("result-canary argument-canary", ServersHost.TextOf(await _host.CallAsync("files__read", new { text = "argument-canary" }, key)));
        Assert.Contains("error-canary", await _host.ErrorAsync("files__fail", new { text = "argument-canary" }, key), StringComparison.Ordinal);
        _upstream.Authorization = "Bearer another";
        await _host.ErrorAsync("files__read", new { text = "argument-canary" }, key);
        _upstream.Instead = http =>
        {
            http.Abort();
            return Task.FromResult(true);
        };
        await _host.ErrorAsync("files__read", new { text = "argument-canary" }, key);
        var audit = (await _host.Gateway.GetAsync("/audit?max_results=1000", ServersHost.Op)).Body;
        Assert.Contains("mcp-server/files", audit, StringComparison.Ordinal);
        foreach (var text in (string[])[_host.Gateway.Logs.All, await _host.Gateway.AllBlobsAsync(), audit])
        {
            foreach (var canary in (string[])["key-canary", "argument-canary", "result-canary", "error-canary", "caller-header-canary", key]) Assert.DoesNotContain(canary, text, StringComparison.Ordinal);
        }
    }
}
