using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Limits.Ledger;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Limits;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>A second target asked for an answer whose first token is late.</summary>
[Collection("gateway")]
public sealed class HedgeTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";
    private readonly ManualTime _time = new();
    private FakeProvider _second = null!;
    private GatewayHost _host = null!;
    private readonly TaskCompletionSource _asked = new();
    private readonly TaskCompletionSource _left = new();

    public async Task InitializeAsync()
    {
        _second = await FakeProvider.StartAsync();
        _second.On(Chat, http => _second.StreamAsync(http, true, "second"));
        _host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:AllowedHosts"] = _second.Host, ["Gateway:MaxAttempts"] = "1", ["Gateway:RouteCacheSeconds"] = "0" }, s => s.AddSingleton<TimeProvider>(_time));
        _host.Provider.On(Chat, SilentAsync);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FirstToken_Late_ComesFromTheSecondAndTheFirstIsCancelled(bool stream)
    {
        await CreateAsync("\"hedge_after_ms\":200");
        var answer = await AskLateAsync(stream);
        Assert.Contains("second", answer.Body, StringComparison.Ordinal);
        await _left.Task.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((1, 1), (_host.Provider.Count(Chat), _second.Count(Chat)));
    }

    /// <summary>One call for the client, two records of what was taken: each at its own target, the loser's prompt counted.</summary>
    [Fact]
    public async Task Loser_IsMeteredAtItsOwnTargetAndCountsAsNoCall()
    {
        await CreateAsync("\"hedge_after_ms\":200");
        await LimitFixture.PriceAsync(_host, new { model = "demo-llama", input = 1, output = 1 }, new { model = "other", input = 100, output = 100 });
        await LimitFixture.LimitAsync(_host, "routes/r", new { calls = 10, renewal_period = "day" }, new { usd = 1, renewal_period = "day" });
        var answer = await AskLateAsync(stream: false);
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal("9", answer.Headers["x-ratelimit-remaining-requests"]);
        var records = await UsageAsync();
        var hedged = Assert.Single(records, r => r.Status == "hedged");
        // The fake counts a token a character; the message is "x".
        Assert.Equal(("demo-llama", 1L, 0L, true), (hedged.Model, hedged.PromptTokens, hedged.CompletionTokens, hedged.Counted));
        Assert.Equal(0.000001m, hedged.CostUsd);
        var winner = Assert.Single(records, r => r is { Status: "ok", Model: "other" } && r.RequestId == hedged.RequestId);
        Assert.Equal(100 * 0.000001m * (winner.PromptTokens + winner.CompletionTokens), winner.CostUsd);
        var day = _time.GetUtcNow();
        var usage = (await _host.GetAsync(FormattableString.Invariant($"/usage?groupBy=route&from={day.AddDays(-1):yyyy-MM-dd}&to={day.AddDays(1):yyyy-MM-dd}"))).Json.GetProperty("usage")[0];
        Assert.Equal((1, 0), (usage.GetProperty("calls").GetInt32(), usage.GetProperty("failed").GetInt32()));
    }

    /// <summary>A budget with room for one call and no more: the answer comes from the first target, however late.</summary>
    [Fact]
    public async Task Limit_WithoutRoomForTwo_MeansNoSecond()
    {
        await CreateAsync("\"hedge_after_ms\":200");
        await LimitFixture.LimitAsync(_host, "routes/r", new { tokens = 70, renewal_period = "day" });
        var go = new TaskCompletionSource();
        _host.Provider.On(Chat, async http =>
        {
            _asked.TrySetResult();
            await go.Task;
            await _host.Provider.StreamAsync(http, true, "first");
        });
        var asking = PostAsync(false, maxTokens: 10);
        await AskedAsync(asking);
        _time.Advance(TimeSpan.FromMilliseconds(200));
        go.SetResult();
        var answer = await asking.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Contains("first", answer.Body, StringComparison.Ordinal);
        Assert.Equal(0, _second.Count(Chat));
        Assert.Single(await UsageAsync());
    }

    [Fact]
    public async Task SharedRetries_UsedUp_MeanNoSecond()
    {
        await CreateAsync("\"hedge_after_ms\":200");
        var budget = _host.Services.GetRequiredService<RetryBudget>();
        while (budget.TrySpend())
        {
        }

        _host.Provider.On(Chat, async http =>
        {
            _asked.TrySetResult();
            await Task.Delay(TimeSpan.FromSeconds(1), _time);
            await _host.Provider.StreamAsync(http, true, "first");
        });
        var answer = await _time.DriveAsync(PostAsync(false), TimeSpan.FromSeconds(1));
        Assert.Contains("first", answer.Body, StringComparison.Ordinal);
        Assert.Equal(0, _second.Count(Chat));
    }

    /// <summary>The first fails after the second was asked: the second's answer is the answer. Both fail: the last failure.</summary>
    [Theory]
    [InlineData(false, 200)]
    [InlineData(true, 502)]
    public async Task First_FailingAfterItsHedge_LeavesTheAnswerToTheSecond(bool secondFails, int status)
    {
        await CreateAsync("\"hedge_after_ms\":200");
        var secondAsked = new TaskCompletionSource();
        var firstFailed = new TaskCompletionSource();
        _host.Provider.On(Chat, async http =>
        {
            _asked.TrySetResult();
            await secondAsked.Task;
            await FakeProvider.Error(http, 500);
            firstFailed.SetResult();
        });
        _second.On(Chat, async http =>
        {
            secondAsked.SetResult();
            await firstFailed.Task;
            await (secondFails ? FakeProvider.Error(http, 500) : _second.StreamAsync(http, true, "second"));
        });
        Assert.Equal(status, (await AskLateAsync(false)).Status);
        Assert.All(await UsageAsync(), r => Assert.True(r.Status is "hedged" or "ok" or "failed"));
    }

    [Fact]
    public async Task Percentile_Unknown_WaitsAndKnown_Hedges()
    {
        await CreateAsync("\"hedge_percentile\":90");
        _host.Provider.On(Chat, http => _host.Provider.StreamAsync(http, true, "first"));
        for (var i = 0; i < FirstTokenTimes.Least; i++) Assert.Contains("first", (await AskAsync(0)).Body, StringComparison.Ordinal);
        _host.Provider.On(Chat, SilentAsync);
        var answer = await _time.DriveAsync(PostAsync(false), TimeSpan.FromMilliseconds(10));
        Assert.Contains("second", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llm/v1/chat", "\"hedge_after_ms\":5", "routing.hedge_after_ms")]
    [InlineData("llm/v1/chat", "\"hedge_percentile\":100", "routing.hedge_percentile")]
    [InlineData("llm/v1/chat", "\"probe_seconds\":1", "routing.probe_seconds")]
    [InlineData("llm/v1/chat", "\"connect_seconds\":61", "routing.connect_seconds")]
    [InlineData("llm/v1/embeddings", "\"hedge_after_ms\":100", "routing.hedge_after_ms")]
    public async Task Routing_OutOfRange_IsRefusedByItsField(string type, string routing, string field) =>
        Assert.Equal(field, (await _host.PostAsync("/api/2.0/gateway/routes", $$$"""{"name":"q","route_type":"{{{type}}}","model":{"provider":"gpu-worker","name":"m"},"routing":{{{{routing}}}}}""")).Param);

    [Fact]
    public async Task Targets_LimitsOfTheirOwn_ComeBeforeTheRoutesAndOutliveAPatch()
    {
        var address = _second.Address.AbsoluteUri.TrimEnd('/');
        var made = await _host.PostAsync("/api/2.0/gateway/routes", $$$"""{"name":"r","route_type":"llm/v1/chat","targets":[{"model":{"provider":"gpu-worker","name":"demo-llama"},"first_token_seconds":2},{"model":{"provider":"gpu-worker","name":"other","gpu_worker_config":{"gpu_worker_api_base":"{{{address}}}"}},"priority":1}],"routing":{"first_token_seconds":600}}""");
        Assert.Equal(2, made.Json.GetProperty("targets")[0].GetProperty("first_token_seconds").GetInt32());
        var patched = await _host.SendAsync(HttpMethod.Patch, "/api/2.0/gateway/routes/r", """{"routing":{"idle_seconds":9}}""");
        Assert.Equal(2, patched.Json.GetProperty("targets")[0].GetProperty("first_token_seconds").GetInt32());
        var answer = await _time.DriveAsync(PostAsync(false), TimeSpan.FromSeconds(2));
        Assert.Contains("second", answer.Body, StringComparison.Ordinal);
    }

    private async Task SilentAsync(HttpContext http)
    {
        http.RequestAborted.Register(() => _left.TrySetResult());
        _asked.TrySetResult();
        await Task.Delay(Timeout.Infinite, http.RequestAborted);
    }

    private async Task CreateAsync(string routing)
    {
        var address = _second.Address.AbsoluteUri.TrimEnd('/');
        var answer = await _host.PostAsync(
            "/api/2.0/gateway/routes",
            $$$"""{"name":"r","route_type":"llm/v1/chat","targets":[{"model":{"provider":"gpu-worker","name":"demo-llama"}},{"model":{"provider":"gpu-worker","name":"other","gpu_worker_config":{"gpu_worker_api_base":"{{{address}}}"}},"priority":1}],"routing":{{{{routing}}}}}""");
        Assert.True(answer.Status == 201, answer.Body);
    }

    private async Task<IReadOnlyList<UsageRecord>> UsageAsync()
    {
        await _host.Services.GetRequiredService<UsageLedger>().FlushAsync(default);
        return await LimitFixture.ReadAsync(_host);
    }

    private Task<GatewayHost.Answer> PostAsync(bool stream, int? maxTokens = null) => _host.PostAsync(Chat, new { model = "r", stream, max_tokens = maxTokens ?? 10, messages = new[] { new { role = "user", content = "x" } } });

    /// <summary>Asks, and lets the time of the hedge pass once the first target has been asked.</summary>
    private async Task<GatewayHost.Answer> AskLateAsync(bool stream)
    {
        var asking = PostAsync(stream);
        await AskedAsync(asking);
        return await _time.DriveAsync(asking, TimeSpan.FromMilliseconds(200));
    }

    /// <summary>Timers of the limits pass, that of the hedge does not.</summary>
    private Task<Task> AskedAsync(Task asking) => _time.DriveAsync(Task.WhenAny(asking, _asked.Task), TimeSpan.FromMilliseconds(150));

    private Task<GatewayHost.Answer> AskAsync(int seconds) => _time.DriveAsync(PostAsync(false), TimeSpan.FromSeconds(seconds));
}
