using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Azure;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Limits.Leases;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Limits;

/// <summary>Limits at the HTTP surface. Windows are days, so that none ends within a test.</summary>
[Collection("gateway")]
public sealed class LimitEnforcementTests(AzuriteFixture azurite)
{
    public static TheoryData<string> Endpoints => LimitFixture.Endpoints;

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task Calls_ByAnyEndpoint_BeyondTheRoutesLimit_AreRefusedWith429(string endpoint)
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        await LimitFixture.LimitAsync(host, $"routes/{LimitFixture.RouteOf(endpoint)}", new { calls = 2, renewal_period = "day" });
        var first = await LimitFixture.AskAsync(host, endpoint);
        Assert.True(first.Status == 200, first.Body);
        Assert.Equal(("2", "1"), (first.Headers["x-ratelimit-limit-requests"], first.Headers["x-ratelimit-remaining-requests"]));
        Assert.Matches("^([0-9]+h)?([0-9]+m)?[0-9]+s$", first.Headers["x-ratelimit-reset-requests"]);
        Assert.Equal(200, (await LimitFixture.AskAsync(host, endpoint)).Status);

        var refused = await LimitFixture.AskAsync(host, endpoint);
        Assert.Equal((429, "rate_limit_exceeded"), (refused.Status, refused.Code));
        Assert.Equal("0", refused.Headers["x-ratelimit-remaining-requests"]);
        var wait = int.Parse(refused.Headers["Retry-After"], CultureInfo.InvariantCulture);
        Assert.InRange(wait, 1, 86_400);
        // In the day's last minute waiting is worth it.
        Assert.Equal(wait > 60, refused.Headers.ContainsKey("x-should-retry"));
        Assert.Contains("2 calls a day", refused.Body, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task Budgets_HoldOnEveryEndpoint_LiteLLM38176(string endpoint)
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        await LimitFixture.PriceAsync(host, new { model = "demo-llama", input = 1, output = 1 }, new { model = "demo-instructor", input = 1 });
        await LimitFixture.LimitAsync(host, $"routes/{LimitFixture.RouteOf(endpoint)}", new { usd = 0.00001, renewal_period = "month" });
        // 'Hello' may take 5 tokens and a frame, and 10 of an answer: more than 10 tokens' worth, until it is counted.
        var refused = await LimitFixture.AskAsync(host, endpoint, maxTokens: 60);
        Assert.Equal((429, "budget_exceeded", "insufficient_quota"), (refused.Status, refused.Code, refused.Json.GetProperty("error").GetProperty("type").GetString()));
        Assert.Equal(0, host.Provider.Count("/v1/chat/completions") + host.Provider.Count("/v1/completions") + (LimitFixture.RouteOf(endpoint) == "rag" ? 0 : host.Provider.Count("/v1/embeddings")));
    }

    /// <summary>What no window has room for is not worth a wait, however soon the next one begins.</summary>
    [Theory]
    [InlineData("tokens")]
    [InlineData("calls")]
    public async Task MoreThanAWholeLimit_IsNotToBeTriedAgain(string unit)
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        await LimitFixture.LimitAsync(host, "routes/chat", unit == "tokens" ? (object)new { tokens = 20, renewal_period = "minute" } : new { calls = 0, renewal_period = "minute" });
        var refused = await LimitFixture.AskAsync(host, "chat", maxTokens: 60);
        Assert.Equal((429, "rate_limit_exceeded", "false", false), (refused.Status, refused.Code, refused.Headers["x-should-retry"], refused.Headers.ContainsKey("Retry-After")));
        // A smaller request is a call too.
        Assert.Equal(unit == "tokens", refused.Body.Contains("A smaller 'max_tokens'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stream_OverSignalR_IsUnderTheSameLimit()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        await LimitFixture.LimitAsync(host, "routes/chat", new { calls = 0, renewal_period = "day" });
        var gateway = host.Services.GetRequiredService<IGateway>();
        var ask = new AnswerRequest { Route = "chat", Caller = Caller.System, Messages = [new("user", "Hello")] };
        var refused = await Assert.ThrowsAsync<GatewayException>(async () =>
        {
            await foreach (var _ in gateway.StreamAsync(ask, default))
            {
            }
        });
        Assert.Equal((429, "rate_limit_exceeded"), (refused.Status, refused.Error.Code));
    }

    [Fact]
    public async Task IngestionsOwnCalls_AreUnderTheLimitOfTheSystemClient()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        await LimitFixture.LimitAsync(host, "clients/system", new { calls = 1, renewal_period = "day", route = "embed" });
        var gateway = host.Services.GetRequiredService<IGateway>();
        await gateway.EmbedAsync("embed", ["a"], EmbeddingPurpose.Document, Caller.System, default);
        var refused = await Assert.ThrowsAsync<GatewayException>(() => gateway.EmbedAsync("embed", ["a"], EmbeddingPurpose.Document, Caller.System, default));
        Assert.Equal(429, refused.Status);
        Assert.NotNull(refused.RetryAfter);
        Assert.Equal(200, (await LimitFixture.AskAsync(host, "embeddings")).Status);
    }

    [Fact]
    public async Task Users_OfARouteWithALimitEach_DoNotTakeFromOneAnother_Mlflow23345()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        var set = await host.PostAsync("/api/2.0/gateway/limits", new { route = "chat", limits = new[] { new { calls = 1, key = "user", renewal_period = "day" } } });
        Assert.True(set.Status == 200, set.Body);
        var (a, b) = (await KeyAsync(host), await KeyAsync(host));
        Assert.Equal(200, (await LimitFixture.AskAsync(host, "chat", a)).Status);
        Assert.Equal(200, (await LimitFixture.AskAsync(host, "chat", b)).Status);
        Assert.Equal(429, (await LimitFixture.AskAsync(host, "chat stream", a)).Status);
        Assert.Equal(429, (await LimitFixture.AskAsync(host, "invoke chat", b)).Status);
    }

    [Fact]
    public async Task RagQuestion_IsOneCallOfItsClient_AndItsModelsTokensAreTheClients()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        var id = await ClientAsync(host);
        await LimitFixture.LimitAsync(host, $"clients/{id.Id}", new { calls = 3, renewal_period = "day" }, new { tokens = 1_000_000, renewal_period = "day" });
        var answer = await LimitFixture.AskAsync(host, "invoke rag", id.Key);
        Assert.Equal("2", answer.Headers["x-ratelimit-remaining-requests"]);
        var next = await LimitFixture.AskAsync(host, "chat", id.Key);
        Assert.Equal("1", next.Headers["x-ratelimit-remaining-requests"]);
        // 5 for the question's vector, 7 + 3 for the answer; and what the second may take.
        var reserved = 32 + 16 + 5 + 10;
        Assert.Equal((1_000_000 - 5 - 10 - reserved).ToString(CultureInfo.InvariantCulture), next.Headers["x-ratelimit-remaining-tokens"]);
    }

    [Fact]
    public async Task Tokens_ThatWereNotUsed_AreFreeAgainAtOnce()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        await LimitFixture.LimitAsync(host, "routes/chat", new { tokens = 100, renewal_period = "day" });
        // Each may take up to 83 and takes 10.
        for (var i = 0; i < 2; i++) Assert.Equal(200, (await LimitFixture.AskAsync(host, "chat", maxTokens: 30)).Status);
        // 80 are left: the bound of 83 does not fit, the prompt's own count (5) neither with its frame.
        var refused = await LimitFixture.AskAsync(host, "chat", maxTokens: 30);
        Assert.Equal((429, "rate_limit_exceeded", "max_tokens"), (refused.Status, refused.Code, refused.Param));
        Assert.Equal("80", refused.Headers["x-ratelimit-remaining-tokens"]);
        Assert.Equal(200, (await LimitFixture.AskAsync(host, "chat", maxTokens: 20)).Status);
    }

    [Fact]
    public async Task LongPrompt_NearTheLimit_IsCountedRatherThanBounded()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        host.Provider.On("/tokenize", http => FakeProvider.Json(http, new { count = 40, counts = (int[])[40], max_model_len = 2048 }));
        await LimitFixture.LimitAsync(host, "routes/chat", new { tokens = 200, renewal_period = "day" });
        Assert.Equal(200, (await LimitFixture.AskAsync(host, "chat", text: new string('a', 400))).Status);
        Assert.Equal(1, host.Provider.Count("/tokenize"));
    }

    [Fact]
    public async Task Request_WithoutMaxTokens_UnderATokenLimit_GetsACap()
    {
        await using var host = await LimitFixture.StartAsync(azurite, new() { ["Limits:DefaultMaxTokens"] = "33" });
        await LimitFixture.AskAsync(host, "chat", maxTokens: null);
        await LimitFixture.LimitAsync(host, "routes/chat", new { tokens = 5000, renewal_period = "day" });
        await LimitFixture.AskAsync(host, "chat", maxTokens: null);
        // Where the cap might not fit behind the prompt, the model's own context is it.
        await LimitFixture.AskAsync(host, "chat", maxTokens: null, text: new string('a', 2000));
        var sent = host.Provider.Requests.Where(r => r.Path == "/v1/chat/completions").Select(r => r.Json.TryGetProperty("max_tokens", out var max) ? max.GetInt32() : 0);
        Assert.Equal([0, 33, 0], sent);
    }

    [Fact]
    public async Task CallsAtOnce_BeyondTheLimit_AreRefusedUntilOneEnds()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        await LimitFixture.LimitAsync(host, "routes/chat", new { concurrency = 1 });
        var (began, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        host.Provider.On("/v1/chat/completions", async http =>
        {
            began.TrySetResult();
            await end.Task;
            await host.Provider.StreamAsync(http, true, "ok");
        });
        var first = LimitFixture.AskAsync(host, "chat");
        await began.Task;
        var refused = await LimitFixture.AskAsync(host, "invoke chat");
        Assert.Equal((429, "concurrency_limit_exceeded", "1"), (refused.Status, refused.Code, refused.Headers["Retry-After"]));
        end.SetResult();
        Assert.Equal(200, (await first).Status);
        Assert.Equal(200, (await LimitFixture.AskAsync(host, "chat")).Status);
    }

    [Fact]
    public async Task Place_OfAClientThatLeft_IsFreeAgain()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        await LimitFixture.LimitAsync(host, "routes/chat", new { concurrency = 1 });
        host.Provider.On("/v1/chat/completions", async http =>
        {
            await FakeProvider.SendAsync(http, FakeProvider.Chunk(true, "Hel", null));
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        });
        using (var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(new { model = "chat", stream = true, messages = new[] { new { role = "user", content = "Hello" } } }) })
        using (var response = await host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            var body = new StreamReader(await response.Content.ReadAsStreamAsync());
            while (await body.ReadLineAsync() is { } line && !line.Contains("Hel", StringComparison.Ordinal))
            {
            }
        }

        host.Provider.On("/v1/chat/completions", http => host.Provider.StreamAsync(http, true, "ok"));
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while ((await LimitFixture.AskAsync(host, "chat")).Status == 429) await Task.Delay(20, deadline.Token);
        var left = Assert.Single(await LimitFixture.RecordsAsync(host), r => r.Status == "cancelled");
        Assert.Equal((5, 3, true), (left.PromptTokens, left.CompletionTokens, left.Counted));
        Assert.NotNull(left.FirstTokenMs);
    }

    [Fact]
    public async Task RefusedByTheSecondLimit_TakesNothingFromTheFirst()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        var client = await ClientAsync(host);
        await LimitFixture.LimitAsync(host, $"clients/{client.Id}", new { calls = 5, renewal_period = "day" });
        await LimitFixture.LimitAsync(host, "routes/chat", new { calls = 0, renewal_period = "day" });
        for (var i = 0; i < 6; i++) Assert.Contains("route 'chat'", (await LimitFixture.AskAsync(host, "chat", client.Key)).Body, StringComparison.Ordinal);
        Assert.Equal("4", (await LimitFixture.AskAsync(host, "completions", client.Key)).Headers["x-ratelimit-remaining-requests"]);
    }

    [Fact]
    public async Task ShadowLimit_ReportsAndAdmits()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        await LimitFixture.LimitAsync(host, "routes/chat", new { calls = 1, renewal_period = "day", shadow = true }, new { calls = 3, renewal_period = "day" });
        Assert.False((await LimitFixture.AskAsync(host, "chat")).Headers.ContainsKey("x-ratelimit-shadow"));
        var second = await LimitFixture.AskAsync(host, "chat stream");
        Assert.Equal((200, "calls/day"), (second.Status, second.Headers["x-ratelimit-shadow"]));
        Assert.Equal(200, (await LimitFixture.AskAsync(host, "chat")).Status);
        Assert.Equal(429, (await LimitFixture.AskAsync(host, "chat")).Status);
    }

    [Theory]
    [InlineData("closed", "closed", 503, 503)]
    [InlineData("open", "closed", 200, 503)]
    [InlineData("open", "open", 200, 200)]
    public async Task CountersStorage_ThatDoesNotAnswer_ClosesOrOpensAsTheSettingSays(string rates, string budgets, int ofRate, int ofBudget)
    {
        await using var host = await LimitFixture.StartAsync(
            azurite, new() { ["Limits:RatesWithoutStorage"] = rates, ["Limits:BudgetsWithoutStorage"] = budgets }, s => s.AddSingleton<ILimitBlobs, DeadBlobs>());
        await LimitFixture.PriceAsync(host, new { model = "demo-llama", input = 1, output = 1 });
        await LimitFixture.LimitAsync(host, "routes/chat", new { calls = 10, renewal_period = "day" });
        await LimitFixture.LimitAsync(host, "routes/complete", new { usd = 10, renewal_period = "day" });
        foreach (var (endpoint, status) in new[] { ("chat", ofRate), ("completions", ofBudget) })
        {
            var answer = await LimitFixture.AskAsync(host, endpoint);
            Assert.Equal(status, answer.Status);
            if (status == 200) Assert.Equal("true", answer.Headers["x-ratelimit-unenforced"]);
            else Assert.Equal(("limits_unavailable", "1"), (answer.Code, answer.Headers["Retry-After"]));
        }
    }

    [Fact]
    public async Task Budget_WithoutAPrice_IsAnErrorAndNotASilence_Bifrost5673()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        await LimitFixture.LimitAsync(host, "routes/chat", new { usd = 10, renewal_period = "month" });
        var answer = await LimitFixture.AskAsync(host, "chat");
        Assert.Equal((500, "price_missing"), (answer.Status, answer.Code));
        Assert.Equal(0, host.Provider.Count("/v1/chat/completions"));

        // What is set is there after a restart, and enforced.
        await LimitFixture.PriceAsync(host, new { model = "demo-llama", input = 2_000, output = 2_000 });
        await using var restarted = await LimitFixture.StartAsync(azurite, sharing: host);
        Assert.Equal("""{"limits":[{"usd":10,"renewal_period":"month","key":"route"}]}""", (await restarted.GetAsync("/limits/routes/chat")).Body);
        Assert.Equal(200, (await LimitFixture.AskAsync(restarted, "chat")).Status);
        var record = Assert.Single(await LimitFixture.RecordsAsync(restarted));
        Assert.Equal(0.02m, record.CostUsd);
    }

    [Fact]
    public async Task Budget_OfAClientOnSeveralInstances_IsOne_Agentgateway3302()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        await using var other = await LimitFixture.StartAsync(azurite, sharing: host);
        var client = await ClientAsync(host);
        // A call costs 10 x 100 / 1,000,000 = 0.001 USD and may cost 0.0063.
        await LimitFixture.PriceAsync(host, new { model = "demo-llama", input = 100, output = 100 });
        await LimitFixture.LimitAsync(host, $"clients/{client.Id}", new { usd = 0.02, renewal_period = "month" });
        var admitted = 0;
        for (var i = 0; i < 40; i++)
        {
            var answer = await LimitFixture.AskAsync(i % 2 == 0 ? host : other, i % 3 == 0 ? "chat stream" : "completions", client.Key);
            if (answer.Status == 200) admitted++;
            else Assert.Equal("budget_exceeded", answer.Code);
            // The other's idle rest comes back within a second; here it is asked for.
            await host.Services.GetRequiredService<Limiter>().ReturnAsync(default);
            await other.Services.GetRequiredService<Limiter>().ReturnAsync(default);
        }

        await LimitFixture.RecordsAsync(host);
        var spent = (await LimitFixture.RecordsAsync(other)).Sum(r => r.CostUsd!.Value);
        Assert.True(spent <= 0.02m, $"{spent} USD spent");
        Assert.InRange(admitted, 14, 22);
    }

    [Fact]
    public async Task StreamedAnswer_CostsWhatItSays_LiteLLM37923()
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        await LimitFixture.PriceAsync(host, new { model = "demo-llama", input = 1, output = 2 });
        await LimitFixture.AskAsync(host, "chat stream");
        await LimitFixture.AskAsync(host, "chat");
        Assert.All(await LimitFixture.RecordsAsync(host), r => Assert.Equal((7, 3, 0.000013m), (r.PromptTokens, r.CompletionTokens, r.CostUsd!.Value)));
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("chat stream")]
    public async Task CachedTokens_AreKeptAndCostTheirOwnPrice_LiteLLM36168(string endpoint)
    {
        await using var host = await LimitFixture.StartAsync(azurite);
        await LimitFixture.PriceAsync(host, new { provider = "gpu-worker", model = "demo-llama", input = 4, cached_input = 1, output = 10 });
        host.Provider.On("/v1/chat/completions", async http =>
        {
            await FakeProvider.SendAsync(http, FakeProvider.Chunk(true, "Hi", null));
            await FakeProvider.SendAsync(http, FakeProvider.Chunk(true, null, "stop"));
            await FakeProvider.SendAsync(http, """{"id":"x","object":"chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":100,"completion_tokens":1,"total_tokens":101,"prompt_tokens_details":{"cached_tokens":80}}}""");
            await FakeProvider.SendAsync(http, "[DONE]");
        });
        await LimitFixture.AskAsync(host, endpoint);
        var record = Assert.Single(await LimitFixture.RecordsAsync(host));
        Assert.Equal((100, 80, 1), (record.PromptTokens, record.CachedTokens, record.CompletionTokens));
        // 20 x 4 + 80 x 1 + 1 x 10 millionths.
        Assert.Equal(0.00017m, record.CostUsd);
    }

    internal static async Task<(string Id, string Key)> ClientAsync(GatewayHost host)
    {
        var made = (await host.PostAsync("/clients", new { name = "app" })).Json;
        return (made.GetProperty("id").GetString()!, made.GetProperty("key").GetString()!);
    }

    private static async Task<string> KeyAsync(GatewayHost host) => (await ClientAsync(host)).Key;

    private sealed class DeadBlobs : ILimitBlobs
    {
        public Task<BlobSight> ReadAsync(string scope, ETag? known, CancellationToken cancellationToken) => throw new RequestFailedException(503, "dead");

        public Task<(ETag? Written, DateTimeOffset? Date)> WriteAsync(string scope, ScopeState state, ETag? expected, CancellationToken cancellationToken) => throw new RequestFailedException(503, "dead");
    }
}
