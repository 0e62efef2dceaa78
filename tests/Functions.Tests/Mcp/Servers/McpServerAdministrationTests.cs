using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Mcp.Servers;

/// <summary>How an operator puts servers behind the gateway, changes and removes them.</summary>
[Collection("gateway")]
public sealed class McpServerAdministrationTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private ServersHost _host = null!;
    private UpstreamServer _upstream = null!;

    public async Task InitializeAsync()
    {
        _host = await ServersHost.StartAsync(azurite);
        _upstream = await UpstreamServer.StartAsync();
        _upstream.Set("echo", "Echoes.", _ => "yes");
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("""{"url":"https://a.example.com/mcp"}""", "name", "missing_field")]
    [InlineData("""{"name":"Git","url":"https://a.example.com/mcp"}""", "name", "invalid_mcp_server_name")]
    [InlineData("""{"name":"a__b","url":"https://a.example.com/mcp"}""", "name", "invalid_mcp_server_name")]
    [InlineData("""{"name":"ask","url":"https://a.example.com/mcp"}""", "name", "invalid_mcp_server_name")]
    [InlineData("""{"name":"git"}""", "url", "missing_field")]
    [InlineData("""{"name":"git","url":"ftp://a.example.com/mcp"}""", "url", "invalid_value")]
    [InlineData("""{"name":"git","url":"https://a.example.com/mcp?key=1"}""", "url", "invalid_value")]
    [InlineData("""{"name":"git","url":"https://u:p@a.example.com/mcp"}""", "url", "invalid_value")]
    [InlineData("""{"name":"git","url":"http://a.example.com/mcp"}""", "url", "host_not_allowed")]
    [InlineData("""{"name":"git","url":"https://elsewhere.org/mcp"}""", "url", "host_not_allowed")]
    [InlineData("""{"name":"git","url":"http://169.254.169.254/mcp"}""", "url", "host_not_allowed")]
    [InlineData("""{"name":"git","url":"http://localhost/mcp"}""", "url", "host_not_allowed")]
    [InlineData("""{"name":"git","url":"https://a.example.com/mcp","credential":{"type":"basic"}}""", "credential.type", "invalid_value")]
    [InlineData("""{"name":"git","url":"https://a.example.com/mcp","credential":{"type":"bearer"}}""", "credential.value", "missing_field")]
    [InlineData("""{"name":"git","url":"https://a.example.com/mcp","credential":{"type":"bearer","value":"a b"}}""", "credential.value", "invalid_value")]
    [InlineData("""{"name":"git","url":"https://a.example.com/mcp","credential":{"type":"header","value":"a"}}""", "credential.header", "missing_field")]
    [InlineData("""{"name":"git","url":"https://a.example.com/mcp","credential":{"type":"header","header":"Host","value":"a"}}""", "credential.header", "invalid_value")]
    [InlineData("""{"name":"git","url":"https://a.example.com/mcp","credential":{"type":"header","header":"X-A:\n","value":"a"}}""", "credential.header", "invalid_value")]
    [InlineData("""{"name":"git","url":"https://a.example.com/mcp","approval":"never"}""", "approval", "invalid_value")]
    [InlineData("""{"name":"git","url":"https://a.example.com/mcp","timeout_seconds":0}""", "timeout_seconds", "invalid_value")]
    [InlineData("""{"name":"git","url":"https://a.example.com/mcp","max_result_bytes":1}""", "max_result_bytes", "invalid_value")]
    [InlineData("""{"name":"git","url":"https://a.example.com/mcp","guards":{"input":[{"pii":"dna","action":"mask"}]}}""", "guards.input[0].pii", "invalid_value")]
    [InlineData("""{"name":"git","url":"https://a.example.com/mcp","tools":[]}""", "tools", "unknown_field")]
    public async Task Create_BadField_NamesItAndStoresNothing(string body, string field, string code)
    {
        var refused = await _host.Gateway.SendAsync(HttpMethod.Post, "/mcp-servers", body, ServersHost.Op);
        Assert.Equal((400, field), (refused.Status, refused.Param));
        Assert.Equal(code, refused.Code);
        Assert.Empty(_host.Gateway.Vault.Secrets);
        Assert.Equal(0, (await _host.SendAsync(HttpMethod.Get, "/mcp-servers")).GetProperty("mcp_servers").GetArrayLength());
    }

    [Fact]
    public async Task Create_OfANameThatIsTaken_IsRefusedAndItsKeyForgotten()
    {
        await _host.AddAsync("git", _upstream);
        var taken = await _host.Gateway.PostAsync("/mcp-servers", new { name = "git", url = "https://a.example.com/mcp", credential = new { type = "bearer", value = "k" } }, ServersHost.Op);
        Assert.Equal((409, "mcp_server_exists"), (taken.Status, taken.Code));
        Assert.Empty(_host.Gateway.Vault.Secrets);
    }

    [Fact]
    public async Task Create_WhoseServerCannotBeAsked_LeavesNothing()
    {
        _upstream.Authorization = "Bearer other";
        var refused = await _host.Gateway.PostAsync("/mcp-servers", new { name = "git", url = _upstream.Address.AbsoluteUri, approve = true, credential = new { type = "bearer", value = "k" } }, ServersHost.Op);
        Assert.Equal((502, "upstream_authentication"), (refused.Status, refused.Code));
        Assert.Empty(_host.Gateway.Vault.Secrets);
        // Without approval at once a server may come later than its registration.
        Assert.Equal(201, (await _host.Gateway.PostAsync("/mcp-servers", new { name = "git", url = _upstream.Address.AbsoluteUri }, ServersHost.Op)).Status);
        var status = (await _host.SendAsync(HttpMethod.Get, "/mcp-servers/git")).GetProperty("status");
        Assert.Equal("The MCP server 'git' asks for a credential, and none is stored for it.", status.GetProperty("error").GetProperty("message").GetString());
    }

    [Fact]
    public async Task Patch_ChangesWhatItNames_AndKeepsTheKeyForItsAddressOnly()
    {
        _upstream.Authorization = "Bearer k-1";
        await _host.AddAsync("git", _upstream, new { credential = new { type = "bearer", value = "k-1" }, description = "Ours." });
        var changed = await _host.SendAsync(HttpMethod.Patch, "/mcp-servers/git", new { timeout_seconds = 5, denied_tools = new[] { "x" } });
        Assert.Equal((5, "Ours.", "bearer"), (changed.GetProperty("timeout_seconds").GetInt32(), changed.GetProperty("description").GetString(), changed.GetProperty("credential").GetProperty("type").GetString()));
        Assert.Equal(["git__echo"], await _host.NamesAsync());

        var elsewhere = await _host.Gateway.SendAsync(HttpMethod.Patch, "/mcp-servers/git", new { url = "https://a.example.com/mcp" }, ServersHost.Op);
        Assert.Equal((400, "credential.value"), (elsewhere.Status, elsewhere.Param));
        var renamed = await _host.Gateway.SendAsync(HttpMethod.Patch, "/mcp-servers/git", new { name = "other" }, ServersHost.Op);
        Assert.Equal((400, "immutable_field"), (renamed.Status, renamed.Code));

        _upstream.Authorization = "Bearer k-2";
        await _host.SendAsync(HttpMethod.Patch, "/mcp-servers/git", new { credential = new { value = "k-2" } });
        Assert.Equal("yes", ServersHost.TextOf(await _host.CallAsync("git__echo")));
        Assert.Single(_host.Gateway.Vault.Secrets);

        await _host.SendAsync(HttpMethod.Patch, "/mcp-servers/git", """{"credential":null,"description":null}""");
        Assert.Empty(_host.Gateway.Vault.Secrets);
        Assert.StartsWith("upstream_authentication", await _host.ErrorAsync("git__echo"), StringComparison.Ordinal);
    }

    /// <summary>Whoever still calls the former address, and asks the vault anew because it is refused there, does not find the new one's key.</summary>
    [Fact]
    public async Task Patch_ToAnotherAddress_TakesAnotherSecret()
    {
        await using var other = await UpstreamServer.StartAsync();
        other.Set("echo", "Echoes.", _ => "other");
        other.Authorization = "Bearer k-2";
        _upstream.Authorization = "Bearer k-1";
        await _host.AddAsync("git", _upstream, new { credential = new { type = "bearer", value = "k-1" } });
        var former = Assert.Single(_host.Gateway.Vault.Secrets.Keys);
        await _host.SendAsync(HttpMethod.Patch, "/mcp-servers/git", new { url = other.Address.AbsoluteUri, credential = new { value = "k-2" } });
        Assert.NotEqual(former, Assert.Single(_host.Gateway.Vault.Secrets.Keys));
        Assert.Equal("other", ServersHost.TextOf(await _host.CallAsync("git__echo")));
        Assert.DoesNotContain(_upstream.Requests, request => request.Headers["Authorization"] != "Bearer k-1");
    }

    [Fact]
    public async Task Etags_KeepWritersApart()
    {
        await _host.AddAsync("git", _upstream);
        var tag = (await _host.Gateway.GetAsync("/mcp-servers/git", ServersHost.Op)).Headers["ETag"];
        Assert.Equal(200, (await _host.Gateway.SendAsync(HttpMethod.Patch, "/mcp-servers/git", new { enabled = false }, ServersHost.Op, ("If-Match", tag))).Status);
        foreach (var (method, path, body) in ((string, string, string?)[])[("PATCH", "/mcp-servers/git", "{}"), ("POST", "/mcp-servers/git/approve", """{"all":true}"""), ("DELETE", "/mcp-servers/git", null)])
        {
            var late = await _host.Gateway.SendAsync(new HttpMethod(method), path, body, ServersHost.Op, ("If-Match", tag));
            Assert.Equal((412, "version_mismatch"), (late.Status, late.Code));
        }
    }

    [Fact]
    public async Task Patches_AtTheSameTime_AreAllApplied()
    {
        await _host.AddAsync("git", _upstream);
        await Task.WhenAll(
            _host.SendAsync(HttpMethod.Patch, "/mcp-servers/git", new { timeout_seconds = 7 }),
            _host.SendAsync(HttpMethod.Patch, "/mcp-servers/git", new { max_concurrency = 8 }),
            _host.SendAsync(HttpMethod.Patch, "/mcp-servers/git", new { description = "Ours." }));
        var after = await _host.SendAsync(HttpMethod.Get, "/mcp-servers/git");
        Assert.Equal((7, 8, "Ours."), (after.GetProperty("timeout_seconds").GetInt32(), after.GetProperty("max_concurrency").GetInt32(), after.GetProperty("description").GetString()));
    }

    [Fact]
    public async Task Delete_TakesToolsAndKey()
    {
        await _host.AddAsync("git", _upstream, new { credential = new { type = "bearer", value = "k-1" } });
        await _host.SendAsync(HttpMethod.Delete, "/mcp-servers/git");
        Assert.Empty(await _host.NamesAsync());
        Assert.Empty(_host.Gateway.Vault.Secrets);
        foreach (var (method, path) in ((string, string)[])[("GET", "/mcp-servers/git"), ("PATCH", "/mcp-servers/git"), ("DELETE", "/mcp-servers/git"), ("GET", "/limits/mcp-servers/git")])
            Assert.Equal((404, "mcp_server_not_found"), await CodeAsync(method, path));
    }

    [Fact]
    public async Task Changes_OnOneInstance_AreSeenOnAnother()
    {
        await using var other = await ServersHost.StartAsync(azurite, sharing: _host);
        await _host.AddAsync("git", _upstream);
        Assert.Equal(["git__echo"], await other.NamesAsync());
        await other.SendAsync(HttpMethod.Patch, "/mcp-servers/git", new { denied_tools = new[] { "echo" } });
        Assert.Empty(await _host.NamesAsync());
    }

    [Fact]
    public async Task DamagedServer_HarmsNoOther()
    {
        await _host.AddAsync("git", _upstream);
        await _host.Gateway.Config.GetBlobClient("mcp-servers/broken.json").UploadAsync(BinaryData.FromString("{"), overwrite: true);
        Assert.Equal(["git__echo"], await _host.NamesAsync());
        Assert.Equal((500, "configuration_damaged"), await CodeAsync("GET", "/mcp-servers/broken"));
        await _host.SendAsync(HttpMethod.Get, "/mcp-servers");
    }

    [Fact]
    public async Task Lists_OfManyServers_ComePageByPage()
    {
        for (var i = 0; i < 101; i++) await _host.SendAsync(HttpMethod.Post, "/mcp-servers", new { name = $"s{i:000}", url = "https://a.example.com/mcp" });
        var first = await _host.SendAsync(HttpMethod.Get, "/mcp-servers");
        Assert.Equal(100, first.GetProperty("mcp_servers").GetArrayLength());
        var second = await _host.SendAsync(HttpMethod.Get, $"/mcp-servers?page_token={Uri.EscapeDataString(first.GetProperty("next_page_token").GetString()!)}");
        Assert.Equal("s100", Assert.Single(second.GetProperty("mcp_servers").EnumerateArray().ToList()).GetProperty("name").GetString());
    }

    private async Task<(int, string?)> CodeAsync(string method, string path)
    {
        var answer = await _host.Gateway.SendAsync(new HttpMethod(method), path, method == "PATCH" ? "{}" : null, ServersHost.Op);
        return (answer.Status, answer.Code);
    }
}
