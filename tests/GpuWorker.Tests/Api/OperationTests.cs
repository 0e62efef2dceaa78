using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using Serverless.Contracts;
using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Hosting;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Api;

public sealed class OperationTests
{
    private static readonly object Chat = new { messages = new[] { new { role = "user", content = "Why?" } } };
    private static readonly object ChatStream = new { messages = new[] { new { role = "user", content = "Why?" } }, stream = true };

    [Fact]
    public async Task Health_WhileLoading_IsLiveAndNotReady()
    {
        using var loading = new BlockedLoader();
        await using var worker = await WorkerUnderTest.StartAsync(loader: loading);
        Assert.Equal((HttpStatusCode.OK, """{"status":"live"}"""), await GetAsync(worker, "/health/live"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"status":"loading"}"""), await GetAsync(worker, "/health/ready"));
        await worker.RefusedAsync("/v1/chat/completions", Chat, null, "model_loading", HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(worker, "/metrics")).Status);
    }

    [Fact]
    public async Task Health_Serving_IsReadyWithoutAKey()
    {
        await using var worker = await WorkerUnderTest.StartAsync(new WorkerOptions { ApiKeys = ["0123456789abcdef"] });
        Assert.Equal((HttpStatusCode.OK, """{"status":"ready"}"""), await GetAsync(worker, "/health/ready"));
    }

    [Theory]
    [InlineData(true, 0, 0, 1000, "ready")]
    [InlineData(true, 1, 0, 90, "ready")]
    [InlineData(true, 1, 0, 91, "stalled")]
    [InlineData(true, 0, 1, 91, "stalled")]
    [InlineData(false, 0, 0, 0, "failed")]
    public void HealthReport_Engine_IsJudgedByProgress(bool isReady, int running, int waiting, int secondsSinceProgress, string expected)
    {
        var now = TimeSpan.FromDays(50);
        var status = new EngineStatus(isReady, now - TimeSpan.FromSeconds(secondsSinceProgress), running, waiting, 0, 0, 0);
        Assert.Equal(expected, HealthReport.Of(ServingPhase.Serving, status, now, TimeSpan.FromSeconds(90)).Status);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-2)]
    public async Task Health_WallClockSet_IsJudgedByTheTimeThatPassed(int days)
    {
        var time = new ManualTimeProvider();
        await using var worker = await WorkerUnderTest.StartAsync(new WorkerOptions { StallSeconds = 60, StallExitSeconds = 7200 }, time);
        worker.Engine.Status = new EngineStatus(true, time.GetSteadyNow(), 1, 0, 0, 0, 0);
        time.Set(TimeSpan.FromDays(days));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(worker, "/health/ready")).Status);
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"status":"stalled"}"""), await GetAsync(worker, "/health/ready"));
    }

    [Theory]
    [InlineData("/v1/models")]
    [InlineData("/metrics")]
    [InlineData("/nowhere")]
    [InlineData("/health/ready/../../metrics")]
    [InlineData("/health/other")]
    [InlineData("/healthy")]
    public async Task AnyPath_KeysConfigured_AsksForOne(string path)
    {
        await using var worker = await WorkerUnderTest.StartAsync(new WorkerOptions { ApiKeys = ["0123456789abcdef", "fedcba9876543210"] });
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(worker, path)).Status);
        foreach (var header in new[] { "Bearer 0123456789abcdeF", "Bearer", "Bearer ", "Basic 0123456789abcdef" })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusWithAsync(worker, path, header));
        }

        foreach (var header in new[] { "Bearer 0123456789abcdef", "bearer fedcba9876543210", "fedcba9876543210" })
        {
            Assert.NotEqual(HttpStatusCode.Unauthorized, await StatusWithAsync(worker, path, header));
        }
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task HealthPath_KeysConfigured_AsksForNone(string path)
    {
        await using var worker = await WorkerUnderTest.StartAsync(new WorkerOptions { ApiKeys = ["0123456789abcdef"] });
        Assert.NotEqual(HttpStatusCode.Unauthorized, (await GetAsync(worker, path)).Status);
    }

    [Fact]
    public async Task ClientId_KeyAndUser_TellCallersApart()
    {
        await using var worker = await WorkerUnderTest.StartAsync(new WorkerOptions { ApiKeys = ["0123456789abcdef", "fedcba9876543210"] });
        foreach (var (key, user) in new[] { ("0123456789abcdef", "a"), ("0123456789abcdef", "b"), ("fedcba9876543210", "a"), ("fedcba9876543210", "a") })
        {
            worker.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
            await worker.PostJsonAsync("/v1/completions", new { prompt = "a", user });
        }

        Assert.Equal(3, worker.Engine.Requests.Select(r => r.ClientId).Distinct().Count());
        Assert.DoesNotContain(worker.Engine.Requests, r => r.ClientId.Contains("0123456789abcdef", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Metrics_AfterRequests_CountUnderVllmsNames()
    {
        await using var worker = await WorkerUnderTest.StartAsync();
        await worker.PostJsonAsync("/v1/completions", new { prompt = "a" });
        await worker.PostJsonAsync("/v1/completions", new { prompt = "a", max_tokens = 2 });
        await worker.PostJsonAsync("/v1/embeddings", new { input = "abc" });
        using var response = await worker.Client.GetAsync("/metrics");
        Assert.Equal("text/plain", response.Content.Headers.ContentType!.MediaType);
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal(1, Value(text, "vllm:request_success_total", "finished_reason=\"stop\""));
        Assert.Equal(1, Value(text, "vllm:request_success_total", "finished_reason=\"length\""));
        Assert.Equal(0, Value(text, "vllm:request_success_total", "finished_reason=\"abort\""));
        Assert.Equal(0, Value(text, "vllm:num_requests_running", ""));
        Assert.Equal(0, Value(text, "vllm:num_requests_waiting", ""));
        Assert.Equal(0.25, Value(text, "vllm:kv_cache_usage_perc", ""));
        Assert.Equal(11, Value(text, "vllm:prompt_tokens_total", ""));
        Assert.Equal(22, Value(text, "vllm:generation_tokens_total", ""));
        Assert.Equal(2, Value(text, "vllm:time_to_first_token_seconds_count", ""));
        Assert.Equal(15, Value(text, "vllm:inter_token_latency_seconds_count", ""));
        Assert.Equal(2, Value(text, "vllm:e2e_request_latency_seconds_bucket", "le=\"+Inf\""));
        Assert.Equal(1, Value(text, "serverless:embedded_texts_total", ""));
    }

    [Fact]
    public async Task Metrics_ClientGone_CountsAbort()
    {
        await using var worker = await WorkerUnderTest.StartAsync();
        worker.Engine.BeforeToken = (position, cancellationToken) => position < 3 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, cancellationToken);
        (await worker.PostAsync("/v1/chat/completions", ChatStream, headersOnly: true)).Dispose();
        await WorkerUnderTest.UntilAsync(() => worker.State.InFlight == 0, "the request to leave");
        Assert.Equal(1, Value(await worker.Client.GetStringAsync("/metrics"), "vllm:request_success_total", "finished_reason=\"abort\""));
    }

    [Fact]
    public async Task Stream_ClientStopsReading_HindersNobodyAndIsCutOff()
    {
        var time = new ManualTimeProvider();
        await using var worker = await WorkerUnderTest.StartAsync(time: time);
        // At six bytes each in JSON, more than the sockets' buffers take.
        const int Made = 1_000_000;
        const string Escaped = "\u0001";
        worker.Engine.Status = new EngineStatus(true, time.GetSteadyNow() + TimeSpan.FromDays(365), 1, 0, 0, 0, 0);
        worker.Engine.ContextLength = Made * 2;
        worker.Engine.Answer = _ => new string(Escaped[0], Made + 1);
        var reached = 0;
        worker.Engine.BeforeToken = async (position, cancellationToken) =>
        {
            Interlocked.Exchange(ref reached, position);
            if (position == Made) await Task.Delay(Timeout.Infinite, cancellationToken);
        };

        // The engine makes all it can though nothing is read.
        using var client = ClientWithSmallBuffer(worker);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = JsonContent.Create(new { prompt = "a", stream = true, max_tokens = Made + 1 }) };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await WorkerUnderTest.UntilAsync(() => Volatile.Read(ref reached) == Made, "the engine to be at its last token");
        await worker.PostJsonAsync("/v1/completions", new { prompt = "a", max_tokens = 5 });

        await WorkerUnderTest.UntilAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(31));
                return worker.Engine.Running == 0;
            },
            "the client to be cut off");
        await WorkerUnderTest.UntilAsync(() => worker.State.InFlight == 0, "the request to leave");
    }

    private static HttpClient ClientWithSmallBuffer(WorkerUnderTest worker) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 8192 };
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = worker.Client.BaseAddress };

    private static double Value(string text, string name, string label)
    {
        var line = text.Split('\n').Single(l => l.StartsWith(name + "{", StringComparison.Ordinal) && l.Contains(label, StringComparison.Ordinal));
        return double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }

    private static async Task<(HttpStatusCode Status, string Body)> GetAsync(WorkerUnderTest worker, string path)
    {
        using var response = await worker.Client.GetAsync(path);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static async Task<HttpStatusCode> StatusWithAsync(WorkerUnderTest worker, string path, string authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using var response = await worker.Client.SendAsync(request);
        return response.StatusCode;
    }
}
