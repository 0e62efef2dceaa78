using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Limits.Ledger;
using Serverless.Functions.Routes;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Limits;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>A route of several targets: which is asked, and what becomes of an answer whose target fails.</summary>
[Collection("gateway")]
public sealed class TargetTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";
    private readonly ManualTime _time = new();
    private FakeProvider _second = null!;
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _second = await FakeProvider.StartAsync();
        _second.On(Chat, http => _second.StreamAsync(http, true, "second"));
        _host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:AllowedHosts"] = _second.Host, ["Gateway:MaxAttempts"] = "1" }, s => s.AddSingleton<TimeProvider>(_time));
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Theory]
    [InlineData(500, null)]
    [InlineData(503, null)]
    [InlineData(429, null)]
    [InlineData(401, null)]
    [InlineData(404, null)]
    [InlineData(400, "context_length_exceeded")]
    public async Task FirstTarget_Failing_IsFollowedByTheNext(int status, string? code)
    {
        await CreateAsync();
        _host.Provider.On(Chat, http => FakeProvider.Error(http, status, "x", code));
        Assert.Equal("second", Text(await AskAsync()));
        Assert.Equal((1, 1), (_host.Provider.Count(Chat), _second.Count(Chat)));
    }

    [Fact]
    public async Task FirstTarget_RefusingTheRequest_IsTheCallersToKnow()
    {
        await CreateAsync();
        _host.Provider.On(Chat, http => FakeProvider.Error(http, 400));
        Assert.Equal(400, (await AskAsync()).Status);
        Assert.Equal(0, _second.Count(Chat));
    }

    [Fact]
    public async Task FirstTarget_SilentOrMalformedBeforeItsFirstToken_IsFollowedByTheNext()
    {
        await CreateAsync(""","routing":{"first_token_seconds":2}""");
        _host.Provider.On(Chat, http => FakeProvider.SendAsync(http, "garbage"));
        Assert.Equal("second", Text(await AskAsync()));
        var reached = new TaskCompletionSource();
        _host.Provider.On(Chat, async http =>
        {
            reached.SetResult();
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        });
        var asking = PostAsync(false);
        await reached.Task.WaitAsync(TimeSpan.FromMinutes(1));

        // Once: a clock that is driven on would run out for the second target too.
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("second", Text(await asking.WaitAsync(TimeSpan.FromMinutes(1))));
    }

    [Fact]
    public async Task Target_FailingAgainAndAgain_IsAskedLastUntilItsTimeIsOver()
    {
        await CreateAsync();
        _host.Provider.On(Chat, http => FakeProvider.Error(http, 500));
        for (var i = 0; i < 8; i++) Assert.Equal("second", Text(await AskAsync()));
        Assert.Equal(5, _host.Provider.Count(Chat));
        _host.Provider.On(Chat, http => _host.Provider.StreamAsync(http, true, "first"));
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("first", Text(await AskAsync()));
        Assert.Equal("first", Text(await AskAsync()));
    }

    [Theory]
    [InlineData("llm/v1/embeddings")]
    [InlineData("llm/v1/rerank")]
    public async Task TargetThatReads_FailingNowAndThen_IsAskedFirstAndFailingInARowLast(string type)
    {
        var (path, body) = type == "llm/v1/embeddings" ? ("/v1/embeddings", """{"model":"r","input":"x"}""") : ("/v1/rerank", """{"model":"r","query":"q","documents":["a"]}""");
        string Model(string name, Uri at) => $$$"""{"provider":"gpu-worker","name":"{{{name}}}","gpu_worker_config":{"gpu_worker_api_base":"{{{at.AbsoluteUri.TrimEnd('/')}}}"}}""";
        var made = await _host.PostAsync("/api/2.0/gateway/routes", $$"""{"name":"r","route_type":"{{type}}","targets":[{"model":{{Model("one", _host.Provider.Address)}}},{"model":{{Model("two", _second.Address)}},"priority":1}]}""");
        Assert.True(made.Status == 201, made.Body);
        var fails = false;
        Task Answer(HttpContext http) => fails
            ? FakeProvider.Error(http, 500)
            : path == "/v1/embeddings" ? FakeProvider.Json(http, new { data = new[] { new { index = 0, embedding = new[] { 1f, 0f } } }, model = "m" }) : FakeProvider.Json(http, new { results = new[] { new { index = 0, relevance_score = 0.5 } } });
        _host.Provider.On(path, Answer);
        _second.On(path, http => path == "/v1/embeddings" ? FakeProvider.Json(http, new { data = new[] { new { index = 0, embedding = new[] { 1f, 0f } } }, model = "m" }) : FakeProvider.Json(http, new { results = new[] { new { index = 0, relevance_score = 0.5 } } }));
        async Task AskAsync(int times)
        {
            for (var i = 0; i < times; i++) Assert.Equal(200, (await _host.PostAsync(path, body)).Status);
        }

        // Six faults, never two in a row.
        for (var i = 0; i < 6; i++)
        {
            fails = true;
            await AskAsync(1);
            fails = false;
            await AskAsync(1);
        }

        Assert.Equal((12, 6), (_host.Provider.Count(path), _second.Count(path)));
        fails = true;
        await AskAsync(8);
        Assert.Equal(17, _host.Provider.Count(path));

        // Its time is over, it answers, and all is as before.
        fails = false;
        _time.Advance(TimeSpan.FromSeconds(6));
        await AskAsync(3);
        Assert.Equal(20, _host.Provider.Count(path));
    }

    [Fact]
    public async Task TargetThatReads_OutOfItsQuota_IsAskedLastForAsLongAsItSays()
    {
        string Model(string name, Uri at) => $$$"""{"provider":"gpu-worker","name":"{{{name}}}","gpu_worker_config":{"gpu_worker_api_base":"{{{at.AbsoluteUri.TrimEnd('/')}}}"}}""";
        await _host.PostAsync("/api/2.0/gateway/routes", $$"""{"name":"r","route_type":"llm/v1/embeddings","targets":[{"model":{{Model("one", _host.Provider.Address)}}},{"model":{{Model("two", _second.Address)}},"priority":1}]}""");
        _host.Provider.On("/v1/embeddings", http =>
        {
            http.Response.Headers.RetryAfter = "30";
            return FakeProvider.Error(http, 429);
        });
        _second.On("/v1/embeddings", http => FakeProvider.Json(http, new { data = new[] { new { index = 0, embedding = new[] { 1f, 0f } } }, model = "m" }));
        for (var i = 0; i < 3; i++) Assert.Equal(200, (await _host.PostAsync("/v1/embeddings", """{"model":"r","input":"x"}""")).Status);
        Assert.Equal((1, 3), (_host.Provider.Count("/v1/embeddings"), _second.Count("/v1/embeddings")));
        _time.Advance(TimeSpan.FromSeconds(31));
        await _host.PostAsync("/v1/embeddings", """{"model":"r","input":"x"}""");
        Assert.Equal(2, _host.Provider.Count("/v1/embeddings"));
    }

    [Fact]
    public async Task Parameter_ThatOneTargetHas_GoesToThatOne()
    {
        await CreateAsync(second: "openai");
        var answer = await _host.PostAsync(Chat, """{"model":"r","messages":[{"role":"user","content":"x"}],"stream":true,"tools":[{"type":"function","function":{"name":"f"}}]}""");
        Assert.Contains("second", answer.Body, StringComparison.Ordinal);
        Assert.Equal(0, _host.Provider.Count(Chat));
    }

    /// <summary>LiteLLM #40404: after a cut, stalled or malformed stream no fallback came.</summary>
    [Theory]
    [InlineData("cut")]
    [InlineData("stalled")]
    [InlineData("malformed")]
    public async Task LiteLlm40404_StreamFailingInTheMiddle_GoesOnElsewhereWhereTheRouteAllowsIt(string how)
    {
        await CreateAsync(""","routing":{"continue_elsewhere":true,"idle_seconds":2}""");
        _host.Provider.On(Chat, http => FailAsync(http, how));
        var asking = PostAsync(true);
        await _time.DriveAsync(AskedOrEndedAsync(asking), TimeSpan.FromSeconds(2));
        var answer = await asking.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("Helsecond", StreamedText(answer.Body));
        Assert.EndsWith("data: [DONE]\n\n", answer.Body, StringComparison.Ordinal);
        var messages = _second.Single(Chat).Json.GetProperty("messages");
        Assert.Equal("""{"role":"assistant","content":"Hel"}""", messages[messages.GetArrayLength() - 1].GetRawText());
    }

    /// <summary>Anthropic's models since Claude 4.6 go on with no turn of the assistant: what they would refuse they are not asked.</summary>
    [Theory]
    [InlineData("claude-sonnet-4-5", "Helsecond")]
    [InlineData("claude-sonnet-4-6", null)]
    public async Task StreamFailingInTheMiddle_GoesOnAtNoModelThatCannot(string model, string? text)
    {
        var address = _second.Address.AbsoluteUri.TrimEnd('/');
        var made = await _host.PostAsync(
            "/api/2.0/gateway/routes",
            $$$"""{"name":"r","route_type":"llm/v1/chat","targets":[{"model":{"provider":"gpu-worker","name":"demo-llama"}},{"model":{"provider":"anthropic","name":"{{{model}}}","anthropic_config":{"anthropic_api_key":"k","anthropic_api_base":"{{{address}}}"}},"priority":1}],"routing":{"continue_elsewhere":true}}""");
        Assert.True(made.Status == 201, made.Body);
        _host.Provider.On(Chat, http => FailAsync(http, "cut"));
        _second.On("/v1/messages", http => FakeProvider.Json(http, new { type = "message", content = new[] { new { type = "text", text = "second" } }, stop_reason = "end_turn", usage = new { input_tokens = 1, output_tokens = 1 } }));
        var answer = await _time.DriveAsync(PostAsync(true), TimeSpan.FromSeconds(1));
        if (text is not null) Assert.Equal(text, StreamedText(answer.Body));
        else Assert.Contains("data: {\"error\":{\"code\":\"upstream_unreachable", answer.Body, StringComparison.Ordinal);
        Assert.Equal(text is null ? 0 : 1, _second.Count("/v1/messages"));
    }

    [Theory]
    [InlineData("cut", "upstream_unreachable")]
    [InlineData("stalled", "upstream_timeout")]
    [InlineData("malformed", "upstream_invalid_response")]
    public async Task StreamFailingInTheMiddle_WithoutThatPermission_IsATypedError(string how, string code)
    {
        await CreateAsync(""","routing":{"idle_seconds":2}""");
        _host.Provider.On(Chat, http => FailAsync(http, how));
        var answer = await _time.DriveAsync(PostAsync(true), TimeSpan.FromSeconds(2));
        Assert.Contains("data: {\"error\":{\"code\":\"" + code, answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"name":"q","route_type":"llm/v1/chat","model":{"provider":"gpu-worker","name":"m"},"targets":[{"model":{"provider":"gpu-worker","name":"m"}}]}""", "model")]
    [InlineData("""{"name":"q","route_type":"llm/v1/chat","targets":[]}""", "targets")]
    [InlineData("""{"name":"q","route_type":"llm/v1/chat","targets":[{"weight":1}]}""", "targets[0].model")]
    [InlineData("""{"name":"q","route_type":"llm/v1/chat","targets":[{"model":{"provider":"gpu-worker","name":"m"},"weight":1001}]}""", "targets[0].weight")]
    [InlineData("""{"name":"q","route_type":"llm/v1/chat","model":{"provider":"gpu-worker","name":"m"},"routing":{"idle":1}}""", "routing.idle")]
    public async Task Route_WrongTargets_AreRefusedByTheirField(string body, string field) => Assert.Equal(field, (await _host.PostAsync("/api/2.0/gateway/routes", body)).Param);

    [Fact]
    public void Order_OfWeights_IsTheirShareAndStaysForAClient() =>
        Prop.ForAll(Gen.Choose(1, 20).ToArbitrary(), Gen.Choose(1, 20).ToArbitrary(), (a, b) =>
        {
            RouteTarget[] targets = [new(new("p", "a"), a), new(new("p", "b"), b), new(new("p", "canary"), 0), new(new("p", "fallback"), 5, 1)];
            IReadOnlyList<RouteModel> Of(int client) => TargetOrder.Of(targets, t => TargetOrder.Point($"{client} {t.Model.Name}"), _ => true);
            var first = Enumerable.Range(0, 2000).Count(client => Of(client)[0].Name == "a") / 2000.0;
            return Math.Abs(first - ((double)a / (a + b))) < 0.06
                && Enumerable.Range(0, 50).All(client => Of(client).SequenceEqual(Of(client)) && Of(client)[2].Name == "canary" && Of(client)[3].Name == "fallback");
        }).QuickCheckThrowOnFailure();

    private static async Task FailAsync(HttpContext http, string how)
    {
        await FakeProvider.SendAsync(http, FakeProvider.Chunk(true, "Hel", null));
        if (how == "malformed") await FakeProvider.SendAsync(http, "garbage");
        if (how == "stalled") await Task.Delay(Timeout.Infinite, http.RequestAborted);
    }

    /// <summary>The clock is driven no further: it would run out for the second target too.</summary>
    private async Task<bool> AskedOrEndedAsync(Task asking)
    {
        while (!asking.IsCompleted && _second.Count(Chat) == 0) await Task.WhenAny(asking, Task.Delay(1));
        return true;
    }

    private static string? Text(GatewayHost.Answer answer)
    {
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();
    }

    private static string StreamedText(string body) => string.Concat(body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
        .Where(e => e.StartsWith("data: {", StringComparison.Ordinal))
        .SelectMany(e => JsonDocument.Parse(e["data: ".Length..]).RootElement.GetProperty("choices").EnumerateArray())
        .Select(c => c.GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : ""));

    /// <summary>A fallback may cost a thousand times the first: the budget holds for whoever answers.</summary>
    [Fact]
    public async Task Budget_OfARouteWithTargets_IsReservedForTheDearestAndSettledForTheOneThatAnswers()
    {
        var address = _second.Address.AbsoluteUri.TrimEnd('/');
        var made = await _host.PostAsync(
            "/api/2.0/gateway/routes",
            $$$"""{"name":"r","route_type":"llm/v1/chat","targets":[{"model":{"provider":"gpu-worker","name":"demo-llama"}},{"model":{"provider":"openai","name":"dear","openai_config":{"openai_api_base":"{{{address}}}/v1"}},"priority":1}]}""");
        Assert.True(made.Status == 201, made.Body);
        await LimitFixture.PriceAsync(_host, new { model = "demo-llama", input = 1, output = 1 });
        await LimitFixture.LimitAsync(_host, "routes/r", new { usd = 0.01, renewal_period = "month" });
        Assert.Equal("price_missing", (await AskAsync(10)).Code);
        await LimitFixture.PriceAsync(_host, new { model = "demo-llama", input = 1, output = 1 }, new { model = "dear", input = 1000, output = 1000 });
        Assert.Equal((429, "budget_exceeded"), ((await AskAsync(10)) is var refused ? refused.Status : 0, refused.Code));

        await LimitFixture.LimitAsync(_host, "routes/r", new { usd = 1, renewal_period = "month" });
        _host.Provider.On(Chat, http => FakeProvider.Error(http, 500));
        _second.On(Chat, http => FakeProvider.Json(http, new { model = "dear", choices = new[] { new { index = 0, message = new { content = "second" }, finish_reason = "stop" } }, usage = new { prompt_tokens = 7, completion_tokens = 2 } }));
        Assert.Equal("second", Text(await AskAsync(10)));
        await _host.Services.GetRequiredService<UsageLedger>().FlushAsync(default);
        var day = _time.GetUtcNow();
        var usage = (await _host.GetAsync(string.Create(CultureInfo.InvariantCulture, $"/usage?groupBy=model&from={day.AddDays(-1):yyyy-MM-dd}&to={day.AddDays(1):yyyy-MM-dd}"))).Json.GetProperty("usage");
        var row = Assert.Single(usage.EnumerateArray());
        Assert.Equal("dear", row.GetProperty("model").GetString());
        Assert.Equal(0.001m * (row.GetProperty("prompt_tokens").GetInt32() + row.GetProperty("completion_tokens").GetInt32()), row.GetProperty("cost_usd").GetDecimal());

        Task<GatewayHost.Answer> AskAsync(int maxTokens) =>
            _time.DriveAsync(_host.PostAsync(Chat, new { model = "r", max_tokens = maxTokens, messages = new[] { new { role = "user", content = "x" } } }), TimeSpan.FromSeconds(1));
    }

    private async Task CreateAsync(string rest = "", string second = "gpu-worker")
    {
        var address = _second.Address.AbsoluteUri.TrimEnd('/');
        var block = second == "openai" ? $$"""{"openai_api_base":"{{address}}/v1"}""" : $$"""{"gpu_worker_api_base":"{{address}}"}""";
        var answer = await _host.PostAsync(
            "/api/2.0/gateway/routes",
            $$$"""{"name":"r","route_type":"llm/v1/chat","targets":[{"model":{"provider":"gpu-worker","name":"demo-llama"}},{"model":{"provider":"{{{second}}}","name":"demo-llama","{{{second.Replace('-', '_')}}}_config":{{{block}}}},"priority":1}]{{{rest}}}}""");
        Assert.True(answer.Status is 200 or 201, answer.Body);
    }

    private Task<GatewayHost.Answer> PostAsync(bool stream) => _host.PostAsync(Chat, new { model = "r", stream, messages = new[] { new { role = "user", content = "x" } } });

    private Task<GatewayHost.Answer> AskAsync() => _time.DriveAsync(PostAsync(false), TimeSpan.FromSeconds(1));
}
