using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Protocol;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Mcp.Servers;

/// <summary>A server that is slow, dead, too talkative or none at all harms neither the gateway's own tools nor other servers'.</summary>
[Collection("gateway")]
public sealed class McpServerFaultTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private ServersHost _host = null!;
    private UpstreamServer _good = null!;

    public async Task InitializeAsync()
    {
        // Timers are the system's; how long a server that failed is left alone does not hang on how slow the machine is.
        _host = await ServersHost.StartAsync(azurite, services: services => services.AddSingleton<TimeProvider>(new MovedClock(DateTimeOffset.UtcNow)));
        _good = await UpstreamServer.StartAsync();
        _good.Set("echo", "Echoes.", _ => "yes");
        await _host.AddAsync("good", _good);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _good.DisposeAsync();
    }

    [Fact]
    public async Task DeadServer_KeepsItsApprovedToolsInTheList_AndIsLeftAloneAfterAWhile()
    {
        await using (var upstream = await UpstreamServer.StartAsync())
        {
            upstream.Set("echo", "Echoes.", _ => "yes");
            await _host.AddAsync("dead", upstream);
        }

        Assert.Equal(["dead__echo", "good__echo"], await _host.NamesAsync());
        Assert.Equal("upstream_unreachable: The MCP server 'dead' could not be reached.", await _host.ErrorAsync("dead__echo"));
        Assert.NotEqual(true, (await _host.CallAsync("good__echo")).IsError);
        for (var i = 0; i < 3; i++) await _host.ErrorAsync("dead__echo");
        Assert.StartsWith("upstream_unavailable: The MCP server 'dead' has failed several times in a row", await _host.ErrorAsync("dead__echo"), StringComparison.Ordinal);
        var status = (await _host.SendAsync(HttpMethod.Get, "/mcp-servers/dead")).GetProperty("status");
        Assert.Equal(("failed", "upstream_unavailable"), (status.GetProperty("state").GetString(), status.GetProperty("error").GetProperty("code").GetString()));
    }

    [Fact]
    public async Task SlowServer_IsNotWaitedForByTheList_NorByOthersTools()
    {
        await using var upstream = await UpstreamServer.StartAsync();
        upstream.Set("echo", "Echoes.", _ => "yes");
        await _host.AddAsync("slow", upstream, new { timeout_seconds = 30 });
        var released = new TaskCompletionSource();
        upstream.Instead = async _ =>
        {
            await released.Task;
            return false;
        };
        Assert.Equal(["good__echo", "slow__echo"], await _host.NamesAsync());
        Assert.NotEqual(true, (await _host.CallAsync("good__echo")).IsError);
        released.SetResult();
    }

    [Fact]
    public async Task SlowCall_EndsWhenItsTimeIsOver()
    {
        await using var upstream = await UpstreamServer.StartAsync();
        upstream.Set(new Tool { Name = "sleep", Description = "Never ends.", InputSchema = JsonElement.Parse("""{"type":"object"}""") }, async (_, stop) =>
        {
            await Task.Delay(Timeout.Infinite, stop);
            return new CallToolResult();
        });
        await _host.AddAsync("slow", upstream, new { timeout_seconds = 2 });
        Assert.Equal("upstream_timeout: The MCP server 'slow' did not answer in time (2 seconds).", await _host.ErrorAsync("slow__sleep"));
    }

    [Fact]
    public async Task Result_LargerThanIsPermitted_IsRefused()
    {
        await using var upstream = await UpstreamServer.StartAsync();
        upstream.Set("much", "Much.", _ => new string('x', 100_000));
        upstream.Set("little", "Little.", _ => "x");
        await _host.AddAsync("big", upstream, new { max_result_bytes = 50_000 });
        Assert.StartsWith("upstream_answer_too_long: The MCP server 'big' answered with more than 50000 bytes.", await _host.ErrorAsync("big__much"), StringComparison.Ordinal);
        Assert.Equal("x", ServersHost.TextOf(await _host.CallAsync("big__little")));
    }

    [Fact]
    public async Task CallsUnderWay_AreBounded()
    {
        await using var upstream = await UpstreamServer.StartAsync();
        var (begun, released) = (new TaskCompletionSource(), new TaskCompletionSource());
        upstream.Set(new Tool { Name = "wait", Description = "Waits.", InputSchema = JsonElement.Parse("""{"type":"object"}""") }, async (_, stop) =>
        {
            begun.TrySetResult();
            await released.Task.WaitAsync(stop);
            return UpstreamServer.Text("done");
        });
        await _host.AddAsync("one", upstream, new { max_concurrency = 1 });
        var first = _host.CallAsync("one__wait");
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.StartsWith("concurrency_limit_exceeded: The MCP server 'one' has 1 calls under way", await _host.ErrorAsync("one__wait"), StringComparison.Ordinal);
        released.SetResult();
        Assert.Equal("done", ServersHost.TextOf(await first));
    }

    [Theory]
    [InlineData(200, "text/html", "<html>", "upstream_invalid_response")]
    [InlineData(404, "text/plain", "nothing", "upstream_invalid_response")]
    [InlineData(405, "text/plain", "", "upstream_invalid_response")]
    [InlineData(200, "application/json", "{", "upstream_invalid_response")]
    [InlineData(302, "text/plain", "", "upstream_redirected")]
    [InlineData(401, "text/plain", "", "upstream_authentication")]
    [InlineData(429, "text/plain", "", "upstream_rate_limited")]
    [InlineData(500, "text/plain", "secret-words", "upstream_error")]
    [InlineData(503, "text/plain", "", "upstream_unavailable")]
    public async Task Server_ThatDoesNotSpeakTheProtocol_IsRefusedByName(int status, string type, string body, string code)
    {
        await using var upstream = await UpstreamServer.StartAsync();
        upstream.Instead = async http =>
        {
            http.Response.StatusCode = status;
            http.Response.ContentType = type;
            if (status == 302) http.Response.Headers.Location = _good.Address.AbsoluteUri;
            await http.Response.WriteAsync(body);
            return true;
        };
        _good.Requests.Clear();
        var refused = await _host.Gateway.SendAsync(HttpMethod.Post, "/mcp-servers", new { name = "other", url = upstream.Address.AbsoluteUri, approve = true }, ServersHost.Op);
        Assert.Equal(code, refused.Code);
        Assert.Contains("'other'", refused.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-words", refused.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", refused.Body, StringComparison.Ordinal);
        Assert.Empty(_good.Requests);
        Assert.Equal(404, (await _host.Gateway.GetAsync("/mcp-servers/other", ServersHost.Op)).Status);
    }

    [Fact]
    public async Task Server_WithMoreToolsThanMayBe_IsRefused()
    {
        await using var upstream = await UpstreamServer.StartAsync();
        for (var i = 0; i < 501; i++) upstream.Set($"t{i}", "A tool.", _ => "");
        var refused = await _host.Gateway.SendAsync(HttpMethod.Post, "/mcp-servers", new { name = "many", url = upstream.Address.AbsoluteUri, approve = true }, ServersHost.Op);
        Assert.Equal("too_many_tools", refused.Code);
        upstream.PageSize = 1;
        Assert.Equal("too_many_tools", (await _host.Gateway.SendAsync(HttpMethod.Post, "/mcp-servers", new { name = "many", url = upstream.Address.AbsoluteUri, approve = true }, ServersHost.Op)).Code);
    }
}
