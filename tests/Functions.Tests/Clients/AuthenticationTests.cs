using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Clients;

[Collection("gateway")]
public sealed class AuthenticationTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private GatewayHost _host = null!;

    public async Task InitializeAsync() =>
        _host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:AnonymousAccess"] = "none", ["Gateway:OperatorKey"] = GatewayHost.OperatorKey });

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("GET", "/api/2.0/gateway/routes")]
    [InlineData("POST", "/api/2.0/gateway/routes")]
    [InlineData("GET", "/api/2.0/gateway/routes/r")]
    [InlineData("GET", "/api/2.0/gateway/routes/r/versions")]
    [InlineData("PATCH", "/api/2.0/gateway/routes/r")]
    [InlineData("DELETE", "/api/2.0/gateway/routes/r")]
    [InlineData("POST", "/api/2.0/gateway/routes/r/versions/1/restore")]
    [InlineData("POST", "/api/2.0/gateway/limits")]
    [InlineData("GET", "/api/2.0/gateway/limits/r")]
    [InlineData("GET", "/clients")]
    [InlineData("POST", "/clients")]
    [InlineData("POST", "/clients/x/rotate")]
    [InlineData("DELETE", "/clients/x")]
    [InlineData("POST", "/gateway/r/invocations")]
    [InlineData("POST", "/v1/chat/completions")]
    [InlineData("POST", "/v1/completions")]
    [InlineData("POST", "/v1/embeddings")]
    [InlineData("GET", "/v1/models")]
    public async Task AnyPath_WithoutAKeyOrWithAWrongOne_Is401(string method, string path)
    {
        foreach (var key in (string?[])[null, "", "wrong", "sk-0123456789abcdef-" + new string('x', 43), GatewayHost.OperatorKey + "x", new string('x', 5000)])
        {
            var answer = await _host.SendAsync(new HttpMethod(method), path, null, key);
            Assert.Equal((401, "invalid_api_key"), (answer.Status, answer.Code));
            Assert.Equal("Bearer", answer.Headers["WWW-Authenticate"]);
        }

        Assert.Equal(200, (await _host.GetAsync("/health")).Status);
    }

    [Fact]
    public async Task Client_Lifecycle_KeyIsShownOnceAndStopsWhenRotatedOrDeleted()
    {
        var made = await _host.PostAsync("/clients", new { name = "app", groups = new[] { "a", "b" } }, GatewayHost.OperatorKey);
        Assert.Equal(201, made.Status);
        var id = made.Json.GetProperty("id").GetString()!;
        var key = made.Json.GetProperty("key").GetString()!;
        Assert.Equal(200, (await _host.GetAsync("/v1/models", key)).Status);
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Get, "/v1/models", null, null, ("x-api-key", key))).Status);
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Get, "/v1/models", null, null, ("api-key", key))).Status);
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Get, "/v1/models", null, key, ("api-key", key))).Status);
        Assert.Equal(401, (await _host.SendAsync(HttpMethod.Get, "/v1/models", null, key, ("api-key", "another"))).Status);

        var list = await _host.GetAsync("/clients", GatewayHost.OperatorKey);
        Assert.Equal(id, list.Json.GetProperty("clients")[0].GetProperty("id").GetString());
        Assert.DoesNotContain(key, list.Body + await _host.AllBlobsAsync() + _host.Logs.All, StringComparison.Ordinal);
        Assert.DoesNotContain("key_hash", list.Body, StringComparison.Ordinal);

        var second = (await _host.SendAsync(HttpMethod.Post, $"/clients/{id}/rotate", null, GatewayHost.OperatorKey)).Json.GetProperty("key").GetString()!;
        Assert.Equal(401, (await _host.GetAsync("/v1/models", key)).Status);
        Assert.Equal(200, (await _host.GetAsync("/v1/models", second)).Status);
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Delete, $"/clients/{id}", null, GatewayHost.OperatorKey)).Status);
        Assert.Equal(401, (await _host.GetAsync("/v1/models", second)).Status);
        Assert.Equal(404, (await _host.SendAsync(HttpMethod.Delete, $"/clients/{id}", null, GatewayHost.OperatorKey)).Status);
    }

    [Fact]
    public async Task Client_NotAnOperator_MayNotChangeRoutesOrClients()
    {
        var key = (await _host.PostAsync("/clients", new { name = "app" }, GatewayHost.OperatorKey)).Json.GetProperty("key").GetString()!;
        foreach (var (method, path) in ((HttpMethod, string)[])[(HttpMethod.Post, "/api/2.0/gateway/routes"), (HttpMethod.Patch, "/api/2.0/gateway/routes/r"), (HttpMethod.Delete, "/api/2.0/gateway/routes/r"), (HttpMethod.Post, "/api/2.0/gateway/routes/r/versions/1/restore"), (HttpMethod.Get, "/clients"), (HttpMethod.Post, "/clients"), (HttpMethod.Post, "/clients/x/rotate"), (HttpMethod.Delete, "/clients/x")])
            Assert.Equal(403, (await _host.SendAsync(method, path, "{}", key)).Status);
        var op = (await _host.PostAsync("/clients", new { name = "ops", is_operator = true }, GatewayHost.OperatorKey)).Json.GetProperty("key").GetString()!;
        Assert.Equal(200, (await _host.GetAsync("/clients", op)).Status);
    }

    [Fact]
    public async Task Clients_MadeAtOnceByTwoInstances_AreAllKept()
    {
        await using var other = await GatewayHost.StartAsync(azurite, new() { ["Gateway:AnonymousAccess"] = "none", ["Gateway:OperatorKey"] = GatewayHost.OperatorKey, ["Gateway:RouteCacheSeconds"] = "0" }, sharing: _host);
        var made = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => (i % 2 == 0 ? _host : other).PostAsync("/clients", new { name = $"c{i}" }, GatewayHost.OperatorKey)));
        Assert.All(made, m => Assert.Equal(201, m.Status));
        foreach (var client in made) Assert.Equal(200, (await other.GetAsync("/v1/models", client.Json.GetProperty("key").GetString())).Status);
    }

    [Theory]
    [InlineData("""{"name":""}""", "name")]
    [InlineData("""{"name":"x","allowed_routes":["a b"]}""", "allowed_routes")]
    [InlineData("""{"name":"x","groups":"a"}""", "groups")]
    [InlineData("""{"name":"x","operator":true}""", "operator")]
    public async Task CreateClient_BadField_NamesIt(string body, string field)
    {
        var answer = await _host.PostAsync("/clients", body, GatewayHost.OperatorKey);
        Assert.Equal((400, field), (answer.Status, answer.Param));
    }

    [Fact]
    public async Task OperatorKey_InTheVault_IsAcceptedAndReadOnce()
    {
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:AnonymousAccess"] = "none" });
        host.Vault.Put("gateway-operator-key", "vault-operator-key");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => host.GetAsync("/clients", i % 2 == 0 ? "vault-operator-key" : $"wrong-{i}")));
        Assert.Equal(10, answers.Count(a => a.Status == 200));
        Assert.Equal(10, answers.Count(a => a.Status == 401));
        Assert.Equal(1, host.Vault.Count("GET"));
    }

    [Theory]
    [InlineData("Origin", "https://evil.example", 401)]
    [InlineData("Origin", "null", 401)]
    [InlineData("Sec-Fetch-Site", "cross-site", 401)]
    [InlineData("Host", "rebound.example:7071", 401)]
    [InlineData("X-Forwarded-For", "203.0.113.7", 401)]
    [InlineData("Forwarded", "for=203.0.113.7", 401)]
    [InlineData("Via", "1.1 tunnel", 401)]
    [InlineData("CF-Connecting-IP", "203.0.113.7", 401)]
    [InlineData("True-Client-IP", "203.0.113.7", 401)]
    [InlineData("X-Client-IP", "203.0.113.7", 401)]
    [InlineData("X-Forwarded-Proto", "https", 401)]
    [InlineData("x-forwarded-for", "", 401)]
    [InlineData("Tailscale-User-Login", "a@example.org", 401)]
    [InlineData("CDN-Loop", "cloudflare", 401)]
    [InlineData("Sec-Fetch-Site", "Cross-Site", 401)]
    [InlineData("Sec-Fetch-Site", "same-origin", 200)]
    [InlineData("Authorization", "Bearer any-key-that-a-client-insists-on", 200)]
    [InlineData("x-api-key", "any", 200)]
    [InlineData("Authorization", "Bearer sk-proj-as-OpenAI-gives-them", 200)]
    [InlineData("Authorization", "Bearer sk-0123456789abcdef-forged", 401)]
    [InlineData("Authorization", "Basic Zm9vOmJhcg==", 401)]
    [InlineData("Origin", "http://localhost:7071", 200)]
    [InlineData("Host", "localhost:7071", 200)]
    public async Task AnonymousOperator_FromElsewhere_IsRefused(string header, string value, int status)
    {
        await using var host = await GatewayHost.StartAsync(azurite);
        Assert.Equal(status, (await host.SendAsync(HttpMethod.Get, "/clients", null, null, (header, value))).Status);
    }
}
