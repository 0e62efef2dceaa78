using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Serverless.GpuWorker.Supervision;
using Serverless.GpuWorker.Supervision.Child;
using Serverless.GpuWorker.Tests.Api;
using Serverless.GpuWorker.Tests.Demo;

namespace Serverless.GpuWorker.Tests.Supervision;

/// <summary><c>gpu-worker serve</c> as a process with its children.</summary>
public sealed class ServeProcessTests(DemoLlamaFolder demo) : IClassFixture<DemoLlamaFolder>
{
    private static readonly TimeSpan Generous = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Serve_Killed_LeavesNoChild()
    {
        using var serve = await StartAsync();
        var children = ProcessList.Children(serve.Process.Id);
        Assert.Single(children);
        serve.Process.Kill();
        await serve.Process.WaitForExitAsync().WaitAsync(Generous);
        await WorkerUnderTest.UntilAsync(() => !children.Any(ProcessList.IsAlive), "the children to notice");
    }

    [Fact]
    public async Task Serve_AddressOfAnotherMachine_SaysSoInOneLine()
    {
        var start = StartInfo("http://192.0.2.1:8080");
        start.Environment["Worker__ApiKeys__0"] = "0123456789abcdef";
        using var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        var error = await process.StandardError.ReadToEndAsync().WaitAsync(Generous);
        await process.WaitForExitAsync().WaitAsync(Generous);
        Assert.Equal(1, process.ExitCode);
        Assert.StartsWith("Worker:Urls cannot be listened on:", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("-TERM")]
    [InlineData("-HUP")]
    public async Task Serve_Terminated_FinishesWhatIsInFlightAndEndsInOrder(string signal)
    {
        using var serve = await StartAsync();
        var children = ProcessList.Children(serve.Process.Id);
        using var response = await serve.Client.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = JsonContent.Create(new { prompt = "Why do figs drop their leaves?", max_tokens = 200, stream = true }) },
            HttpCompletionOption.ResponseHeadersRead);
        // The group gets the signal, as from a terminal: only the parent knows what it means.
        foreach (var id in children.Append(serve.Process.Id)) ProcessList.Signal(signal, id);
        Assert.EndsWith("data: [DONE]\n\n", await response.Content.ReadAsStringAsync().WaitAsync(Generous), StringComparison.Ordinal);
        await serve.Process.WaitForExitAsync().WaitAsync(Generous);
        Assert.Equal(0, serve.Process.ExitCode);
        Assert.DoesNotContain(children, ProcessList.IsAlive);
    }

    [Fact]
    public async Task Serve_WithAnOtlpEndpoint_ExportsWhatTheEnginesProcessMeasured()
    {
        const string Trace = "0af7651916cd43dd8448eb211c80319c";
        await using var receiver = await OtlpReceiver.StartAsync();
        using var serve = await StartAsync(receiver.Settings);
        var canary = "canary" + Guid.NewGuid().ToString("N");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions")
        {
            Content = JsonContent.Create(new { prompt = $"Why do {canary} drop their leaves?", max_tokens = 5, user = canary }),
            Headers = { { "traceparent", $"00-{Trace}-b7ad6b7169203331-01" } },
        };
        using var response = await serve.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);

        // The worker's own warm-up is a trace of its own.
        var spans = (await receiver.UntilAsync(all => all.Count(s => s.TraceId == Trace) == 5)).Where(s => s.TraceId == Trace).ToList();
        Assert.Equal(["POST /v1/completions", "decode", "llm_request", "prefill", "queue"], spans.Select(s => s.Name).Order(StringComparer.Ordinal));
        Assert.All(spans, s => Assert.Equal("serverless-worker", s.Service));
        var sequence = spans.Single(s => s.Name == "llm_request");
        Assert.Equal(("b7ad6b7169203331", spans.Single(s => s.Name == "POST /v1/completions").SpanId), (spans.Single(s => s.Name == "POST /v1/completions").ParentId, sequence.ParentId));
        Assert.InRange(double.Parse(sequence.Attributes["gen_ai.latency.time_in_model_prefill"], System.Globalization.CultureInfo.InvariantCulture), 1e-6, 60);
        Assert.False(receiver.Holds(canary));
    }

    [Fact]
    public async Task Serve_WithAnEndpointThatIsNone_SaysSoInOneLine()
    {
        var start = StartInfo("http://127.0.0.1:0");
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "collector";
        using var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        var error = await process.StandardError.ReadToEndAsync().WaitAsync(Generous);
        await process.WaitForExitAsync().WaitAsync(Generous);
        Assert.Equal((2, "OTEL_EXPORTER_OTLP_ENDPOINT must be an absolute http or https URL."), (process.ExitCode, error.TrimEnd()));
    }

    private async Task<Serving> StartAsync(IReadOnlyDictionary<string, string>? settings = null)
    {
        var address = $"http://127.0.0.1:{FreePort.Find()}";
        var start = StartInfo(address);
        foreach (var (name, value) in settings ?? new Dictionary<string, string>()) start.Environment[name] = value;
        var serving = new Serving(Process.Start(start)!, new HttpClient { BaseAddress = new Uri(address), Timeout = Generous });
        serving.Process.BeginOutputReadLine();
        serving.Process.BeginErrorReadLine();
        await WorkerUnderTest.UntilAsync(() => IsReady(serving.Client), "the worker to be ready");
        return serving;
    }

    private ProcessStartInfo StartInfo(string address)
    {
        var start = ChildLauncher.StartInfo(EngineCommand.Name);
        start.ArgumentList.RemoveAt(start.ArgumentList.Count - 1);
        foreach (var argument in new[] { "serve", "--llama", demo.Path, "--urls", address }) start.ArgumentList.Add(argument);
        return start;
    }

    private static bool IsReady(HttpClient client)
    {
        try
        {
            using var response = client.Send(new HttpRequestMessage(HttpMethod.Get, "/health/ready"));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private sealed record Serving(Process Process, HttpClient Client) : IDisposable
    {
        public void Dispose()
        {
            Client.Dispose();
            if (!Process.HasExited) Process.Kill(entireProcessTree: true);
            Process.Dispose();
        }
    }
}
