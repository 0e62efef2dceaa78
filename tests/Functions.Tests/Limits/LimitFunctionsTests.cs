using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Limits;

[Collection("gateway")]
public sealed class LimitFunctionsTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await GatewayHost.StartAsync(azurite);
        await _host.CreateRouteAsync("chat");
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Mlflow_SetAndGet_AreInItsShape()
    {
        var set = await _host.PostAsync("/api/2.0/gateway/limits", new { route = "chat", limits = new[] { new { key = "user", renewal_period = "minute", calls = 50 } } });
        const string Limits = """{"limits":[{"calls":50,"renewal_period":"minute","key":"user"}]}""";
        Assert.Equal((200, Limits), (set.Status, set.Body));
        Assert.Equal(Limits, (await _host.GetAsync("/api/2.0/gateway/limits/chat")).Body);
        Assert.Equal("""{"limits":[]}""", (await _host.PostAsync("/api/2.0/gateway/limits", new { route = "chat", limits = Array.Empty<object>() })).Body);
        Assert.Equal((404, "route_not_found"), (await _host.GetAsync("/api/2.0/gateway/limits/none")) is var none ? (none.Status, none.Code) : default);
        Assert.Equal(404, (await _host.PostAsync("/api/2.0/gateway/limits", new { route = "none", limits = Array.Empty<object>() })).Status);
    }

    [Fact]
    public async Task AllKinds_AreKeptAndListed()
    {
        object[] route = [new { tokens = 1000, renewal_period = "hour" }, new { usd = 12.5, renewal_period = "month", key = "user" }, new { concurrency = 4 }, new { calls = 1, renewal_period = "minute", shadow = true }];
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Put, "/limits/routes/chat", new { limits = route })).Status);
        var id = (await _host.PostAsync("/clients", new { name = "A" })).Json.GetProperty("id").GetString()!;
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Put, $"/limits/clients/{id}", new { limits = new[] { new { calls = 9, renewal_period = "day", route = "chat" } } })).Status);
        Assert.Equal(
            """{"routes":{"chat":[{"tokens":1000,"renewal_period":"hour","key":"route"},{"usd":12.5,"renewal_period":"month","key":"user"},{"concurrency":4,"key":"route"},{"calls":1,"renewal_period":"minute","key":"route","shadow":true}]},"clients":{"ID":[{"calls":9,"renewal_period":"day","route":"chat"}]},"mcp_servers":{}}""".Replace("ID", id, StringComparison.Ordinal),
            (await _host.GetAsync("/limits")).Body);
    }

    // A slip in an id was a limit that limited nobody.
    [Fact]
    public async Task LimitsOfNobody_AreRefusedAndCanBeTakenAway()
    {
        object some = new { limits = new[] { new { calls = 9, renewal_period = "day" } } };
        var answer = await _host.SendAsync(HttpMethod.Put, "/limits/clients/nobody", some);
        Assert.Equal((404, "client_not_found", "client"), (answer.Status, answer.Code, answer.Param));
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Put, "/limits/clients/nobody", new { limits = Array.Empty<object>() })).Status);
        foreach (var own in (string[])["system", "operator", "anonymous"]) Assert.Equal(200, (await _host.SendAsync(HttpMethod.Put, $"/limits/clients/{own}", some)).Status);

        var id = (await _host.PostAsync("/clients", new { name = "A" })).Json.GetProperty("id").GetString()!;
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Put, $"/limits/clients/{id}", some)).Status);
        await _host.SendAsync(HttpMethod.Delete, $"/clients/{id}");
        Assert.Equal(404, (await _host.SendAsync(HttpMethod.Put, $"/limits/clients/{id}", some)).Status);
        Assert.DoesNotContain(id, (await _host.GetAsync("/limits")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LimitsOfARouteThatIsGone_StayForOneOfItsNameAndCanBeTakenAway()
    {
        await _host.CreateRouteAsync("other");
        object some = new { limits = new[] { new { calls = 9, renewal_period = "day" } } };
        object none = new { limits = Array.Empty<object>() };
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Put, "/limits/routes/other", some)).Status);
        await _host.SendAsync(HttpMethod.Delete, "/api/2.0/gateway/routes/other");
        Assert.Contains("other", (await _host.GetAsync("/limits")).Body, StringComparison.Ordinal);
        Assert.Equal(404, (await _host.SendAsync(HttpMethod.Put, "/limits/routes/other", some)).Status);
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Put, "/limits/routes/other", none)).Status);
        Assert.DoesNotContain("other", (await _host.GetAsync("/limits")).Body, StringComparison.Ordinal);
        Assert.Equal(404, (await _host.SendAsync(HttpMethod.Put, "/limits/routes/other", none)).Status);
        Assert.Equal(404, (await _host.SendAsync(HttpMethod.Put, "/limits/mcp-servers/none", none)).Status);
    }

    [Theory]
    [InlineData("""{"limits":[{"calls":-1,"renewal_period":"minute"}]}""", "limits[0].calls")]
    [InlineData("""{"limits":[{"calls":1.5,"renewal_period":"minute"}]}""", "limits[0].calls")]
    [InlineData("""{"limits":[{"calls":1}]}""", "limits[0].renewal_period")]
    [InlineData("""{"limits":[{"calls":1,"renewal_period":"week"}]}""", "limits[0].renewal_period")]
    [InlineData("""{"limits":[{"calls":1,"tokens":2,"renewal_period":"day"}]}""", "limits[0]")]
    [InlineData("""{"limits":[{"renewal_period":"day"}]}""", "limits[0]")]
    [InlineData("""{"limits":[{"usd":0.0000001,"renewal_period":"day"}]}""", "limits[0].usd")]
    [InlineData("""{"limits":[{"usd":1000001,"renewal_period":"day"}]}""", "limits[0].usd")]
    [InlineData("""{"limits":[{"concurrency":1,"renewal_period":"day"}]}""", "limits[0].renewal_period")]
    [InlineData("""{"limits":[{"calls":1,"renewal_period":"day","key":"ip"}]}""", "limits[0].key")]
    [InlineData("""{"limits":[{"calls":1,"renewal_period":"day","route":"chat"}]}""", "limits[0].route")]
    [InlineData("""{"limits":[{"calls":1,"renewal_period":"day","cals":2}]}""", "limits[0].cals")]
    [InlineData("""{"limits":[{"calls":1,"renewal_period":"day"},{"calls":2,"renewal_period":"day"}]}""", "limits[1]")]
    [InlineData("""{"limits":[7]}""", "limits[0]")]
    [InlineData("""{"limits":{}}""", "limits")]
    [InlineData("""{}""", "limits")]
    [InlineData("""{"limits":[],"x":1}""", "x")]
    public async Task Put_WrongLimits_AreRefusedByName(string body, string param)
    {
        var answer = await _host.SendAsync(HttpMethod.Put, "/limits/routes/chat", body);
        Assert.Equal((400, param), (answer.Status, answer.Param));
    }

    [Theory]
    [InlineData("""{"prices":[{"model":"m"}]}""", "prices[0].input")]
    [InlineData("""{"prices":[{"input":1}]}""", "prices[0]")]
    [InlineData("""{"prices":[{"input":1,"model":"m","route":"r"}]}""", "prices[0]")]
    [InlineData("""{"prices":[{"input":-1,"model":"m"}]}""", "prices[0].input")]
    [InlineData("""{"prices":[{"input":1,"model":"m"},{"input":2,"model":"m"}]}""", "prices[1]")]
    [InlineData("""{"prices":[{"input":1,"model":"m","currency":"EUR"}]}""", "prices[0].currency")]
    [InlineData("""{"prices":1}""", "prices")]
    public async Task Put_WrongPrices_AreRefusedByName(string body, string param)
    {
        var answer = await _host.SendAsync(HttpMethod.Put, "/prices", body);
        Assert.Equal((400, param), (answer.Status, answer.Param));
    }

    [Fact]
    public async Task NonOperator_SeesItsOwnLimitsAndChangesNone()
    {
        var (id, key) = await LimitEnforcementTests.ClientAsync(_host);
        Assert.Equal(200, (await _host.GetAsync($"/limits/clients/{id}", key)).Status);
        Assert.Equal(200, (await _host.GetAsync("/limits/routes/chat", key)).Status);
        foreach (var (method, path) in new[] { ("GET", "/limits"), ("GET", "/limits/clients/other"), ("PUT", $"/limits/clients/{id}"), ("PUT", "/limits/routes/chat"), ("POST", "/api/2.0/gateway/limits"), ("GET", "/prices"), ("PUT", "/prices") })
            Assert.Equal((403, path), ((await _host.SendAsync(new HttpMethod(method), path, method == "GET" ? null : new { }, key)).Status, path));
    }
}
