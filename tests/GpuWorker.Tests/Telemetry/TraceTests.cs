using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Telemetry;
using Serverless.GpuWorker.Tests.Api;

namespace Serverless.GpuWorker.Tests.Telemetry;

/// <summary>The worker's spans. Its source is the process's: spans are told apart by their trace, and nobody listens in another class.</summary>
public sealed class TraceTests
{
    [Fact]
    public async Task Request_WithATraceparent_IsContinuedDownToQueuePrefillAndDecode()
    {
        var (trace, parent) = (ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom());
        var spans = new List<Activity>();
        await using var worker = await StartAsync(spans);
        await SendAsync(worker, "/v1/chat/completions", new { messages = new[] { new { role = "user", content = "Why?" } } }, ("traceparent", $"00-{trace}-{parent}-01"));

        var own = Of(spans, trace);
        Assert.Equal(["POST /v1/chat/completions", "decode", "llm_request", "prefill", "queue"], own.Select(s => s.DisplayName).Order(StringComparer.Ordinal));
        var request = own.Single(s => s.Kind == ActivityKind.Server);
        var sequence = own.Single(s => s.DisplayName == "llm_request");
        Assert.Equal((parent, request.SpanId), (request.ParentSpanId, sequence.ParentSpanId));
        Assert.Equal(("/v1/chat/completions", 200), (request.GetTagItem("http.route"), request.GetTagItem("http.response.status_code")));
        Assert.Equal(("llama", 15, "stop"), (sequence.GetTagItem("gen_ai.request.model"), sequence.GetTagItem("gen_ai.usage.output_tokens"), ((string[])sequence.GetTagItem("gen_ai.response.finish_reasons")!)[0]));
        Assert.Equal((1.0, 2.0, 3.0, 3.0), (sequence.GetTagItem("gen_ai.latency.time_in_queue"), sequence.GetTagItem("gen_ai.latency.time_in_model_prefill"), sequence.GetTagItem("gen_ai.latency.time_in_model_decode"), sequence.GetTagItem("gen_ai.latency.time_to_first_token")));

        // One after another, from the sequence's begin.
        var at = sequence.StartTimeUtc;
        foreach (var (name, seconds) in (ReadOnlySpan<(string, int)>)[("queue", 1), ("prefill", 2), ("decode", 3)])
        {
            var part = own.Single(s => s.DisplayName == name);
            Assert.Equal((sequence.SpanId, at, TimeSpan.FromSeconds(seconds)), (part.ParentSpanId, part.StartTimeUtc, part.Duration));
            at += part.Duration;
        }
    }

    [Fact]
    public async Task Request_NotSampledByItsCaller_HasNoSpansAndAsksForNoTimes()
    {
        var trace = ActivityTraceId.CreateRandom();
        var spans = new List<Activity>();
        await using var worker = await StartAsync(spans);
        await SendAsync(worker, "/v1/completions", new { prompt = "Why?" }, ("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-00"));
        Assert.Empty(Of(spans, trace));
        Assert.False(Assert.Single(worker.Engine.Requests).IsTraced);
    }

    [Fact]
    public async Task Sequences_OfOneRequest_AreSpansOfTheirOwn()
    {
        var trace = ActivityTraceId.CreateRandom();
        var spans = new List<Activity>();
        await using var worker = await StartAsync(spans);
        await SendAsync(worker, "/v1/completions", new { prompt = new[] { "a", "b" }, n = 2, stream = true }, ("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01"));
        var own = Of(spans, trace);
        var request = own.Single(s => s.Kind == ActivityKind.Server);
        Assert.Equal(4, own.Count(s => s.DisplayName == "llm_request" && s.ParentSpanId == request.SpanId));
    }

    [Fact]
    public async Task Failure_OfTheEngine_IsTheSequencesErrorWithoutItsWords()
    {
        var trace = ActivityTraceId.CreateRandom();
        var spans = new List<Activity>();
        await using var worker = await StartAsync(spans);
        worker.Engine.BeforeToken = (_, _) => throw new EngineFailedException("canary");
        await SendAsync(worker, "/v1/completions", new { prompt = "a" }, ("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01"));
        var own = Of(spans, trace);
        Assert.Equal("engine_failed", own.Single(s => s.DisplayName == "llm_request").GetTagItem("error.type"));
        Assert.Equal(ActivityStatusCode.Error, own.Single(s => s.Kind == ActivityKind.Server).Status);
        Assert.DoesNotContain("canary", Everything(own), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Marker_InPromptsAnswersUsersAndHeaders_IsInNoSpan()
    {
        var canary = "canary" + Guid.NewGuid().ToString("N");
        var trace = ActivityTraceId.CreateRandom();
        var spans = new List<Activity>();
        await using var worker = await StartAsync(spans);
        worker.Engine.Answer = _ => canary;
        (string, string)[] headers = [("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01"), ("tracestate", $"a={canary}"), ("baggage", $"a={canary}"), ("user-agent", canary)];
        await SendAsync(worker, "/v1/chat/completions", new { user = canary, messages = new[] { new { role = "user", content = canary } } }, headers);
        await SendAsync(worker, $"/{canary}/v1/predict?q={canary}", new { inputs = new[] { canary } }, headers);
        await SendAsync(worker, $"/{canary}", new { prompt = canary }, headers);
        var own = Of(spans, trace);
        Assert.Contains(own, s => s.DisplayName == "POST /{model}/v1/predict");
        Assert.DoesNotContain(canary, Everything(own), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Probes_HaveNoSpans()
    {
        var trace = ActivityTraceId.CreateRandom();
        var spans = new List<Activity>();
        await using var worker = await StartAsync(spans);
        foreach (var path in (string[])["/health/live", "/health/ready", "/metrics"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01" } } };
            using var response = await worker.Client.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Empty(Of(spans, trace));
    }

    [Fact]
    public void Span_WhileNobodyListens_IsNothingAndAllocatesNothing()
    {
        Assert.False(WorkerTraces.Source.HasListeners());
        var request = new GenerationRequest { PromptTokens = [1], MaxTokens = 1 };
        for (var i = 0; i < 100; i++) Assert.Null(SequenceSpan.Begin("llama", request));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) _ = SequenceSpan.Begin("llama", request);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "not a url")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://host")]
    [InlineData("APPLICATIONINSIGHTS_CONNECTION_STRING", "nonsense")]
    public void Setting_ThatIsWrong_IsNamedAndNotRepeated(string name, string value)
    {
        var error = Assert.Single(TelemetryOptions.Read(Configuration((name, value))).Errors);
        Assert.StartsWith(name, error, StringComparison.Ordinal);
        Assert.DoesNotContain(value, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_OfADeployment_ChooseBothExportersByIdentity()
    {
        var (options, errors) = TelemetryOptions.Read(Configuration(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://otlp.example"), ("APPLICATIONINSIGHTS_CONNECTION_STRING", "InstrumentationKey=canary"), ("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "ClientId=x;Authorization=AAD")));
        Assert.Empty(errors);
        Assert.Equal((true, true, true, true), (options.Exports, options.Otlp, options.ByIdentity, options.AzureMonitor is not null));
        Assert.DoesNotContain("canary", options.ToString(), StringComparison.Ordinal);
        Assert.False(TelemetryOptions.Read(Configuration()).Options.Exports);
    }

    /// <summary>As of the gateway: an endpoint that takes connections and says nothing held a stop for 100 seconds, and an orchestrator kills before.</summary>
    [Fact]
    public void Exporter_OfAzureMonitor_HoldsNoStopForLong()
    {
        var services = new ServiceCollection();
        services.AddTelemetry(new TelemetryOptions(AzureMonitor: $"InstrumentationKey={Guid.NewGuid()}"));
        using var provider = services.BuildServiceProvider();
        var options = provider.GetRequiredService<IOptions<AzureMonitorExporterOptions>>().Value;
        Assert.Equal((TimeSpan.FromSeconds(5), false), (options.Retry.NetworkTimeout, options.EnableLiveMetrics));
    }

    private static IConfiguration Configuration(params (string Name, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => new KeyValuePair<string, string?>(s.Name, s.Value))).Build();

    private static async Task SendAsync(WorkerUnderTest worker, string path, object body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await worker.Client.SendAsync(request);
        await response.Content.ReadAsStringAsync();
    }

    private static string Everything(IEnumerable<Activity> spans) => string.Join(' ', spans.SelectMany(s =>
        (IEnumerable<string?>)[s.DisplayName, s.StatusDescription, s.TraceStateString, .. s.TagObjects.Select(t => $"{t.Key}={(t.Value is string[] many ? string.Join(',', many) : t.Value)}"), .. s.Baggage.Select(b => $"{b.Key}={b.Value}")]));

    private static List<Activity> Of(List<Activity> spans, ActivityTraceId trace)
    {
        lock (spans) return [.. spans.Where(s => s.TraceId == trace)];
    }

    private static Task<WorkerUnderTest> StartAsync(List<Activity> spans) => WorkerUnderTest.StartAsync(services: services =>
        services.AddOpenTelemetry().WithTracing(traces => traces.AddSource(WorkerTraces.SourceName).AddProcessor(new SimpleActivityExportProcessor(new Kept(spans)))));

    private sealed class Kept(List<Activity> spans) : BaseExporter<Activity>
    {
        public override ExportResult Export(in Batch<Activity> batch)
        {
            lock (spans)
            {
                foreach (var span in batch) spans.Add(span);
            }

            return ExportResult.Success;
        }
    }
}
