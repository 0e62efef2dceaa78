using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>
/// Targets that differ in their keys alone: what teams have several keys of one vendor for, and what LiteLLM, one-api and Portkey balance. The second key was not so much as kept.
/// </summary>
[Collection("gateway")]
public sealed class TargetAccountsTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";
    private const string Routes = "/api/2.0/gateway/routes";
    private readonly ManualTime _time = new();
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:MaxAttempts"] = "1" }, s => s.AddSingleton<TimeProvider>(_time));

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Keys_OfOneAddress_AreEachAsked()
    {
        await CreateAsync($"{Target("k-1")},{Target("k-2", "\"priority\":1")}");
        Refuse("k-1", 401);
        Assert.Equal(200, (await AskAsync()).Status);
        // A refused key is looked up again and tried once more.
        Assert.Equal(["k-1", "k-1", "k-2"], Asked());
        Assert.Equal([null, "2"], await AccountsAsync());
    }

    // What is left of one account says nothing of the other.
    [Theory]
    [InlineData(429, "insufficient_quota")]
    [InlineData(429, null)]
    public async Task Quota_OfOneAccount_PutsOnlyThatOneLast(int status, string? code)
    {
        await CreateAsync($"{Target("k-1")},{Target("k-2", "\"priority\":1")}");
        Refuse("k-1", status, code);
        for (var i = 0; i < 3; i++) Assert.Equal(200, (await AskAsync()).Status);
        Assert.Equal(["k-1", "k-2", "k-2", "k-2"], Asked());
    }

    [Fact]
    public async Task Sticky_OverAccounts_IsSplitAmongClients()
    {
        await CreateAsync($"{Target("k-1")},{Target("k-2")}", ""","routing":{"sticky":true}""");
        var ofClients = new List<string>();
        for (var i = 0; i < 12; i++)
        {
            var key = (await _host.PostAsync("/clients", new { name = $"c-{i}" })).Json.GetProperty("key").GetString();
            _host.Provider.Requests.Clear();
            for (var j = 0; j < 2; j++) await AskAsync(key);
            ofClients.Add(Assert.Single(Asked().Distinct()));
        }

        Assert.Equal(2, ofClients.Distinct().Count());
    }

    [Fact]
    public async Task Accounts_OfARoute_KeepTheirKeysThroughChangesWithoutThem()
    {
        await CreateAsync($"{Target("k-1", account: "eu")},{Target("k-2", account: "us")},{Target("k-3")}");
        Assert.Equal(["eu", "us", null], await AccountsAsync());
        // Another part of the route, and the targets again without keys: by place, and by name in another order.
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Patch, $"{Routes}/r", """{"routing":{"sticky":false}}""")).Status);
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Patch, $"{Routes}/r", $$"""{"targets":[{{Target(null, "\"weight\":3")}},{{Target(null)}},{{Target(null)}}]}""")).Status);
        Assert.Equal(["eu", "us", null], await AccountsAsync());
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Patch, $"{Routes}/r", $$"""{"targets":[{{Target(null, account: "us")}},{{Target(null, "\"priority\":1", "eu")}}]}""")).Status);
        Refuse("k-2", 401);
        Assert.Equal(200, (await AskAsync()).Status);
        Assert.Equal(["k-2", "k-1"], Asked().Distinct());

        // One is rotated; the other is as it was, and a former version has the new key too.
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Patch, $"{Routes}/r", $$"""{"targets":[{{Target("k-2b", account: "us")}},{{Target(null, "\"priority\":1", "eu")}}]}""")).Status);
        _host.Provider.Requests.Clear();
        Assert.Equal(200, (await AskAsync()).Status);
        Assert.Equal(["k-2b"], Asked());
        await _host.SendAsync(HttpMethod.Post, $"{Routes}/r/versions/4/restore", "");
        _host.Provider.Requests.Clear();
        Assert.Equal(200, (await AskAsync()).Status);
        Assert.Equal(["k-2b"], Asked());
    }

    [Theory]
    [InlineData("a b", "b", "targets[0].model.account")]
    [InlineData("a", "a", "targets[1].model.account")]
    public async Task Account_ThatIsNone_IsRefusedByName(string first, string second, string param)
    {
        var answer = await _host.PostAsync(Routes, $$"""{"name":"r","route_type":"llm/v1/chat","targets":[{{Target("k-1", account: first)}},{{Target("k-2", account: second)}}]}""");
        Assert.Equal((400, param), (answer.Status, answer.Param));
    }

    /// <summary>Two routes of one vendor and model have keys of two teams: what is used up of the one leaves the other route's order as it is. That the vendor fails is known to both.</summary>
    [Theory]
    [InlineData(429, "insufficient_quota", new[] { "other" })]
    [InlineData(429, null, new[] { "other" })]
    [InlineData(500, null, new[] { "k-2" })]
    public async Task Quota_OfOneRoutesKey_SaysNothingOfAnothers(int status, string? code, string[] askedThere)
    {
        await CreateAsync($"{Target("k-1")},{Target("k-2", "\"priority\":1")}");
        await CreateAsync($"{Target("other")},{Target("k-2", "\"priority\":1")}", name: "s");
        Refuse("k-1", status, code);
        for (var i = 0; i < 5; i++) Assert.Equal(200, (await AskAsync()).Status);
        _host.Provider.Requests.Clear();
        Assert.Equal(200, (await AskAsync(route: "s")).Status);
        Assert.Equal(askedThere, Asked());
    }

    // One key for several models of an address is one account, as before.
    [Fact]
    public async Task Key_GivenTwiceOrOnce_IsOneAccount()
    {
        await CreateAsync($"{Target("k-1")},{Target("k-1")},{Target(null)}");
        Assert.Equal([null, null, null], await AccountsAsync());
    }

    private string Target(string? key, string? rest = null, string? account = null)
    {
        var config = new Dictionary<string, string> { ["openai_api_base"] = $"{_host.Provider.Address.AbsoluteUri.TrimEnd('/')}/v1" };
        if (key is not null) config["openai_api_key"] = key;
        var model = JsonSerializer.Serialize(account is null ? new { provider = "openai", name = "m", openai_config = config } : (object)new { provider = "openai", name = "m", account, openai_config = config });
        return $"{{\"model\":{model}{(rest is null ? "" : $",{rest}")}}}";
    }

    private async Task CreateAsync(string targets, string rest = "", string name = "r")
    {
        var made = await _host.PostAsync(Routes, $$"""{"name":"{{name}}","route_type":"llm/v1/chat","targets":[{{targets}}]{{rest}}}""");
        Assert.True(made.Status == 201, made.Body);
    }

    private void Refuse(string key, int status, string? code = null) => _host.Provider.On(Chat, http =>
        http.Request.Headers.Authorization == $"Bearer {key}" ? FakeProvider.Error(http, status, "x", code) : http.Response.WriteAsync("""{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}"""));

    private Task<GatewayHost.Answer> AskAsync(string? key = null, string route = "r") => _host.PostAsync("/v1/chat/completions", new { model = route, messages = new[] { new { role = "user", content = "Q" } } }, key);

    private List<string> Asked() => [.. _host.Provider.Requests.Select(r => r.Authorization!["Bearer ".Length..])];

    private async Task<IReadOnlyList<string?>> AccountsAsync() =>
        [.. (await _host.GetAsync($"{Routes}/r")).Json.GetProperty("targets").EnumerateArray().Select(t => t.TryGetProperty("account", out var account) ? account.GetString() : null)];
}
