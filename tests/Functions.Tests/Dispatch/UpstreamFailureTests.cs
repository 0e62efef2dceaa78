using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Contracts;
using Serverless.Functions.Hosting;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Dispatch;

[Collection("gateway")]
public sealed class UpstreamFailureTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";
    private static readonly GatewayOptions Defaults = new();
    private readonly ManualTime _time = new();
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await GatewayHost.StartAsync(azurite, services: s => s.AddSingleton<TimeProvider>(_time));
        await _host.CreateRouteAsync("chat");
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData(401, 502, "upstream_authentication", 1)]
    [InlineData(403, 502, "upstream_authentication", 1)]
    [InlineData(404, 502, "upstream_model_not_found", 1)]
    [InlineData(400, 400, "upstream_refused", 1)]
    [InlineData(422, 400, "upstream_refused", 1)]
    [InlineData(418, 502, "upstream_error", 1)]
    [InlineData(302, 502, "upstream_error", 1)]
    [InlineData(424, 502, "upstream_error", 3)]
    [InlineData(498, 503, "upstream_unavailable", 3)]
    [InlineData(499, 502, "upstream_error", 3)]
    [InlineData(500, 502, "upstream_error", 3)]
    [InlineData(503, 503, "upstream_unavailable", 3)]
    [InlineData(520, 502, "upstream_error", 3)]
    [InlineData(524, 504, "upstream_timeout", 3)]
    [InlineData(429, 429, "upstream_rate_limited", 3)]
    public async Task ProviderError_Answered_IsMappedAndRetriedWhereItMayPass(int upstream, int status, string code, int attempts)
    {
        _host.Provider.On(Chat, http =>
        {
            http.Response.Headers.Location = "http://127.0.0.1:1/";
            return FakeProvider.Error(http, upstream, "secret words of the provider");
        });
        var answer = await AskAsync();
        Assert.Equal((status, code), (answer.Status, answer.Code));
        Assert.Equal(attempts, _host.Provider.Count(Chat));
        Assert.DoesNotContain("secret words", answer.Body + _host.Logs.All, StringComparison.Ordinal);
        Assert.Equal(status is 429 or 503, answer.Headers.ContainsKey("Retry-After"));
    }

    [Fact]
    public async Task ProviderRefusal_InPlainWords_KeepsCodeAndField()
    {
        _host.Provider.On(Chat, http => FakeProvider.Error(http, 400, "x", "context_length_exceeded", "messages"));
        var answer = await AskAsync();
        Assert.Equal((400, "context_length_exceeded", "messages"), (answer.Status, answer.Code, answer.Param));
    }

    /// <summary>As the worker says it; what says nothing of itself, or no plain sentence, goes no further.</summary>
    [Theory]
    [InlineData("true", "'pattern' must have at most 4096 characters.", true)]
    [InlineData("false", "'pattern' must have at most 4096 characters.", false)]
    [InlineData(null, "'pattern' must have at most 4096 characters.", false)]
    [InlineData("true", "two\nlines", false)]
    [InlineData("true", "", false)]
    public async Task ProviderRefusal_ThatSaysItQuotesNothing_IsToldInItsWords(string? header, string message, bool isTold)
    {
        _host.Provider.On(Chat, http =>
        {
            if (header is not null) http.Response.Headers[ErrorBody.QuotesNoContentHeader] = header;
            return FakeProvider.Error(http, 400, message, "invalid_value", "response_format");
        });
        var answer = await AskAsync();
        var error = JsonDocument.Parse(answer.Body).RootElement.GetProperty("error");
        Assert.Equal((400, "invalid_value", "response_format"), (answer.Status, answer.Code, answer.Param));
        Assert.Equal(isTold ? message : "The provider refused the request because of 'response_format' (invalid_value).", error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task ProviderRefusal_ThatIsTooLongToTell_IsNot()
    {
        _host.Provider.On(Chat, http =>
        {
            http.Response.Headers[ErrorBody.QuotesNoContentHeader] = "true";
            return FakeProvider.Error(http, 400, new string('x', 2001));
        });
        Assert.Contains("The provider refused the request", (await AskAsync()).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"error":{"code":"body_too_large","message":"The request body must be at most 2097152 bytes."}}""", "; the provider counts: 2097152")]
    [InlineData("""{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size of 32 MB"}}""", "; the provider counts: 32")]
    [InlineData("<html>413 Request Entity Too Large</html>", "")]
    public async Task ProviderRefusal_OfALargeRequest_IsOneHereWithItsCount(string body, string counts)
    {
        _host.Provider.On(Chat, http =>
        {
            http.Response.StatusCode = 413;
            return http.Response.WriteAsync(body);
        });
        var answer = await AskAsync();
        Assert.Equal((413, "body_too_large", "body"), (answer.Status, answer.Code, answer.Param));
        Assert.Contains($"larger than the route's provider takes{counts}.", answer.Body.Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    // OpenAI's own way to write a place in a list.
    [Theory]
    [InlineData("messages.[3].role", "messages[3].role")]
    [InlineData("messages[0].content", "messages[0].content")]
    public async Task ProviderRefusal_OfAPlaceInAList_KeepsIt(string told, string param)
    {
        _host.Provider.On(Chat, http => FakeProvider.Error(http, 400, "x", "invalid_value", told));
        Assert.Equal(param, (await AskAsync()).Param);
    }

    // How OpenAI and Azure, services with parts of seconds, and Google say how long to wait; more than a request may wait is passed on.
    [Theory]
    [InlineData("retry-after-ms", "36500", "{}", "37")]
    [InlineData("Retry-After", "36.2", "{}", "37")]
    [InlineData("Retry-After", "37", "{}", "37")]
    [InlineData("x-none", "1", """{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.Help"},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"36.5s"}]}}""", "37")]
    [InlineData("Retry-After", "soon", """{"error":{"details":[{"retryDelay":"never"},{"retryDelay":"-5s"},7]}}""", "1")]
    public async Task Wait_ThatTheProviderAsksFor_IsTheCallers(string header, string value, string body, string seconds)
    {
        _host.Provider.On(Chat, http =>
        {
            http.Response.StatusCode = 429;
            http.Response.Headers[header] = value;
            return http.Response.WriteAsync(body);
        });
        var answer = await AskAsync();
        Assert.Equal((429, seconds), (answer.Status, answer.Headers["Retry-After"]));
    }

    [Fact]
    public async Task Failure_ThatPasses_IsHidden()
    {
        var calls = 0;
        _host.Provider.On(Chat, http => Interlocked.Increment(ref calls) == 1 ? FakeProvider.Error(http, 503) : _host.Provider.StreamAsync(http, true, "ok"));
        Assert.Equal(200, (await AskAsync()).Status);
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task Worker_StartingAnew_IsWaitedForBeyondTheAttempts()
    {
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:RestartWaitSeconds"] = "60" }, s => s.AddSingleton<TimeProvider>(_time));
        await host.CreateRouteAsync("chat");
        var calls = 0;
        host.Provider.On(Chat, http => Interlocked.Increment(ref calls) < 12 ? FakeProvider.Error(http, 503) : host.Provider.StreamAsync(http, true, "ok"));
        Assert.Equal(200, (await _time.DriveAsync(host.PostAsync(Chat, Request(stream: false)), TimeSpan.FromSeconds(5))).Status);
        Assert.Equal(12, calls);
    }

    /// <summary>A date is the provider's, whose clock is not this machine's.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RetryAfter_BeyondTheBudget_IsPassedOn(bool isDate)
    {
        var its = _time.GetUtcNow().AddHours(-1);
        _host.Provider.On(Chat, http =>
        {
            http.Response.Headers.Date = its.ToString("R");
            http.Response.Headers.RetryAfter = isDate ? its.AddSeconds(30).ToString("R") : "30";
            return FakeProvider.Error(http, 429);
        });
        var answer = await AskAsync();
        Assert.Equal((429, "30"), (answer.Status, answer.Headers["Retry-After"]));
        Assert.Equal(1, _host.Provider.Count(Chat));
    }

    [Fact]
    public async Task RetryAfter_WithinTheBudget_IsHonoured()
    {
        var stamps = new List<DateTimeOffset>();
        _host.Provider.On(Chat, http =>
        {
            stamps.Add(_time.GetUtcNow());
            http.Response.Headers.RetryAfter = "1";
            return stamps.Count == 1 ? FakeProvider.Error(http, 429) : _host.Provider.StreamAsync(http, true, "ok");
        });
        Assert.Equal(200, (await AskAsync()).Status);
        Assert.Equal(TimeSpan.FromSeconds(1), stamps[1] - stamps[0]);
    }

    [Fact]
    public async Task Silence_BeforeTheFirstToken_Is504()
    {
        var reached = new TaskCompletionSource();
        _host.Provider.On(Chat, http =>
        {
            reached.SetResult();
            return Task.Delay(Timeout.Infinite, http.RequestAborted);
        });
        var asking = PostAsync(stream: false);
        await reached.Task.WaitAsync(TimeSpan.FromMinutes(1));
        var answer = await _time.DriveAsync(asking, Defaults.UpstreamTimeout);
        Assert.Equal((504, "upstream_timeout"), (answer.Status, answer.Code));
        Assert.Equal(1, _host.Provider.Count(Chat));
    }

    [Fact]
    public async Task Provider_Unreachable_Is502()
    {
        await using var gone = await FakeProvider.StartAsync();
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["GpuWorker:BaseUrl"] = gone.Address.AbsoluteUri });
        await host.CreateRouteAsync("chat");
        await gone.DisposeAsync();
        var answer = await host.PostAsync(Chat, Request(stream: false));
        Assert.Equal((502, "upstream_unreachable"), (answer.Status, answer.Code));
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("{\"choices\": 3}")]
    [InlineData("[DONE]")]
    public async Task Stream_NotInItsFormat_Is502(string data)
    {
        _host.Provider.On(Chat, http => FakeProvider.SendAsync(http, data));
        var answer = await AskAsync();
        Assert.Equal((502, "upstream_invalid_response"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Stream_WithAnEndlessLine_IsCutOff()
    {
        _host.Provider.On(Chat, async http =>
        {
            await http.Response.WriteAsync("data: ");
            var part = new byte[64 * 1024];
            Array.Fill(part, (byte)'x');
            while (!http.RequestAborted.IsCancellationRequested) await http.Response.Body.WriteAsync(part, http.RequestAborted);
        });
        Assert.Equal("upstream_invalid_response", (await AskAsync()).Code);
    }

    [Theory]
    [InlineData("error", "upstream_error")]
    [InlineData("end", "upstream_unreachable")]
    [InlineData("silence", "upstream_timeout")]
    public async Task Stream_FailingAfterTheFirstToken_EndsInAnErrorEvent(string how, string code)
    {
        _host.Provider.On(Chat, async http =>
        {
            await FakeProvider.SendAsync(http, FakeProvider.Chunk(true, "Hel", null));
            if (how == "error") await FakeProvider.SendAsync(http, """{"error":{"message":"secret words","code":"engine_failed"}}""");
            if (how == "silence") await Task.Delay(Timeout.Infinite, http.RequestAborted);
        });

        // The limit between two tokens passes, the longer one on the first token does not.
        var asking = PostAsync(stream: true);
        var answer = await (how == "silence" ? _time.DriveAsync(asking, Defaults.UpstreamIdle) : asking);
        Assert.Equal(200, answer.Status);
        var events = answer.Body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("Hel", events[1], StringComparison.Ordinal);
        Assert.StartsWith("data: {\"error\":{\"code\":\"" + code, events[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("secret words", answer.Body, StringComparison.Ordinal);
        Assert.Equal(1, _host.Provider.Count(Chat));
    }

    [Fact]
    public async Task Connection_BreakingAfterTheFirstToken_EndsInAnErrorEvent()
    {
        var received = new TaskCompletionSource();
        _host.Provider.On(Chat, async http =>
        {
            await FakeProvider.SendAsync(http, FakeProvider.Chunk(true, "Hel", null));
            await received.Task;
            http.Abort();
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, Chat) { Content = new StringContent(System.Text.Json.JsonSerializer.Serialize(Request(stream: true))) };
        using var response = await _host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        received.SetResult();
        var body = await response.Content.ReadAsStringAsync();
        Assert.Contains("data: {\"error\":{\"code\":\"upstream_unreachable\"", body, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_GoingAway_CancelsUpstreamAtOnce()
    {
        var gone = new TaskCompletionSource();
        _host.Provider.On(Chat, async http =>
        {
            http.RequestAborted.Register(() => gone.TrySetResult());
            await FakeProvider.SendAsync(http, FakeProvider.Chunk(true, "Hel", null));
            await gone.Task;
        });
        using (var request = new HttpRequestMessage(HttpMethod.Post, Chat) { Content = new StringContent(System.Text.Json.JsonSerializer.Serialize(Request(stream: true)), Encoding.UTF8, new MediaTypeHeaderValue("application/json")) })
        using (var response = await _host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            // The first event is here before the answer is complete: nothing is held back.
            var part = new byte[1024];
            Assert.True(await (await response.Content.ReadAsStreamAsync()).ReadAsync(part) > 0);
        }

        await gone.Task.WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Overhead_LeavesOutTheProvidersTime()
    {
        _host.Provider.On(Chat, http =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(400));
            return _host.Provider.StreamAsync(http, true, "ok");
        });
        // Nothing is driven: a timer of somebody else's that fired meanwhile would be taken for ours.
        Assert.Equal("0.00", (await PostAsync(stream: false)).Headers["x-gateway-overhead-ms"]);
    }

    private static object Request(bool stream) => new { model = "chat", stream, messages = new[] { new { role = "user", content = "Hello" } } };

    private Task<GatewayHost.Answer> PostAsync(bool stream) => _host.PostAsync(Chat, Request(stream));

    /// <summary>Waits between attempts pass at once; limits on the provider never do.</summary>
    private Task<GatewayHost.Answer> AskAsync() => _time.DriveAsync(PostAsync(stream: false), TimeSpan.FromSeconds(5));
}
