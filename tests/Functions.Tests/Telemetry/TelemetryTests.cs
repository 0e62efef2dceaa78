using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Telemetry;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Telemetry;

/// <summary>What the exporters get, seen by in-memory ones beside /metrics.</summary>
[Collection("gateway")]
public sealed class TelemetryTests(AzuriteFixture azurite)
{
    private const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public async Task Request_WithATraceparent_IsOneTraceFromItsHttpSpanToTheUpstreamCall()
    {
        var spans = new List<Activity>();
        await using var host = await StartAsync(spans);
        await host.CreateRouteAsync("chat");
        string? upstream = null, baggage = null;
        host.Provider.On("/v1/chat/completions", http =>
        {
            (upstream, baggage) = (http.Request.Headers.TraceParent, http.Request.Headers.Baggage);
            return FakeProvider.Error(http, 503, "x", "y");
        });
        await host.SendAsync(HttpMethod.Post, "/v1/chat/completions", Chat("Hello"), null, ("traceparent", Parent), ("baggage", "secret=canary"));

        lock (spans)
        {
            var request = Assert.Single(spans, s => s.DisplayName == "POST /v1/chat/completions");
            Assert.Equal("0af7651916cd43dd8448eb211c80319c", request.TraceId.ToHexString());
            var call = Assert.Single(spans, s => s.DisplayName == "chat demo-llama");
            Assert.Equal(request.SpanId, call.ParentSpanId);
            Assert.Equal((ActivityKind.Server, ActivityKind.Client), (request.Kind, call.Kind));
            Assert.Equal($"00-0af7651916cd43dd8448eb211c80319c-{call.SpanId}-01", upstream);
            Assert.Equal("upstream_unavailable", call.GetTagItem("error.type"));
            Assert.Equal("gpu-worker", call.GetTagItem("gen_ai.provider.name"));
            Assert.Equal("/v1/chat/completions", request.GetTagItem("http.route"));
        }

        Assert.True(string.IsNullOrEmpty(baggage));
    }

    [Fact]
    public async Task Stream_ThatBreaks_IsMeasuredToItsFirstChunkAndBetweenChunksWithItsError()
    {
        await using var host = await StartAsync([]);
        await host.CreateRouteAsync("chat");
        host.Provider.On("/v1/chat/completions", async http =>
        {
            await FakeProvider.SendAsync(http, FakeProvider.Chunk(true, "one", null));
            await FakeProvider.SendAsync(http, FakeProvider.Chunk(true, "two", null));
            await FakeProvider.SendAsync(http, "{ half a frame");
        });
        var answer = await host.PostAsync("/v1/chat/completions", Chat("Hello", stream: true));
        Assert.Contains("\"error\"", answer.Body, StringComparison.Ordinal);
        var text = await MetricsAsync(host);
        Assert.Matches(new Regex("gen_ai_client_operation_duration_seconds_count\\{[^}]*error_type=\"upstream_[a-z_]+\""), text);
        Assert.Contains("gen_ai_client_operation_time_to_first_chunk_seconds_count{", text, StringComparison.Ordinal);
        Assert.Contains("gen_ai_client_operation_time_per_output_chunk_seconds_count{", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_ThatIsNoStream_HasNoTimesOfChunks()
    {
        await using var host = await StartAsync([]);
        await host.CreateRouteAsync("chat");
        await host.PostAsync("/v1/chat/completions", Chat("Hello"));
        var text = await MetricsAsync(host);
        Assert.Contains("gen_ai_request_model=\"demo-llama\"", text, StringComparison.Ordinal);
        Assert.Contains("gen_ai_client_token_usage_bucket{", text, StringComparison.Ordinal);
        Assert.Contains("le=\"81.92\"", text, StringComparison.Ordinal);
        Assert.Contains("le=\"67108864\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("chunk", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Marker_InPromptsKeysPathsAndHeaders_IsInNoSpanAndNoMetric()
    {
        var canary = "canary" + Guid.NewGuid().ToString("N");
        var (spans, metrics) = (new List<Activity>(), new List<Metric>());
        await using var host = await StartAsync(spans, metrics);
        await host.CreateRouteAsync("chat");
        await host.CreateRouteAsync("embed", "llm/v1/embeddings");
        await host.PostAsync("/v1/chat/completions", Chat(canary));
        await host.PostAsync("/v1/chat/completions", Chat(canary, stream: true));
        await host.PostAsync("/v1/embeddings", new { model = "embed", input = canary });
        await host.PostAsync("/v1/embeddings", new { model = canary, input = canary });
        await host.SendAsync(HttpMethod.Get, $"/v1/models/{canary}?q={canary}", null, canary, ("baggage", $"a={canary}"), ("tracestate", $"a={canary}"), ("user-agent", canary));
        host.Provider.On("/v1/chat/completions", http => FakeProvider.Error(http, 400, canary, canary));
        await host.PostAsync("/v1/chat/completions", Chat(canary));
        var text = await MetricsAsync(host);
        host.Services.GetRequiredService<MeterProvider>().ForceFlush();

        Assert.DoesNotContain(canary, text, StringComparison.OrdinalIgnoreCase);
        lock (spans)
        {
            Assert.Contains(spans, s => s.DisplayName == "embeddings demo-llama");
            foreach (var span in spans)
            {
                var all = string.Join(' ', [span.DisplayName, span.StatusDescription, span.TraceStateString, .. span.TagObjects.Select(t => $"{t.Key}={t.Value}"), .. span.Baggage.Select(b => $"{b.Key}={b.Value}")]);
                Assert.DoesNotContain(canary, all, StringComparison.OrdinalIgnoreCase);
            }
        }

        Assert.NotEmpty(metrics);
        foreach (var metric in metrics)
        {
            foreach (ref readonly var point in metric.GetMetricPoints())
            {
                foreach (var tag in point.Tags)
                {
                    Assert.DoesNotContain(canary, $"{tag.Value}", StringComparison.OrdinalIgnoreCase);
                    Assert.DoesNotContain("client", tag.Key, StringComparison.OrdinalIgnoreCase);
                }
            }
        }
    }

    [Fact]
    public async Task Metrics_OfWhoIsNoOperator_AreRefused()
    {
        await using var host = await StartAsync([], settings: new() { ["Gateway:AnonymousAccess"] = "none", ["Gateway:OperatorKey"] = GatewayHost.OperatorKey });
        Assert.Equal(401, (await host.GetAsync("/metrics")).Status);
        var client = (await host.PostAsync("/clients", new { name = "reader" }, GatewayHost.OperatorKey)).Json.GetProperty("key").GetString();
        Assert.Equal(403, (await host.GetAsync("/metrics", client)).Status);
        Assert.Equal(200, (await host.GetAsync("/metrics", GatewayHost.OperatorKey)).Status);
    }

    [Fact]
    public async Task Metrics_SwitchedOff_AreNotFoundAndNothingListens()
    {
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Telemetry:Prometheus"] = "false" });
        Assert.Equal("metrics_off", (await host.GetAsync("/metrics")).Code);
        Assert.Null(host.Services.GetService<MeterProvider>());
        Assert.Null(host.Services.GetService<TracerProvider>());
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "not a url")]
    [InlineData("APPLICATIONINSIGHTS_CONNECTION_STRING", "nonsense")]
    [InlineData("Telemetry:Prometheus", "perhaps")]
    public void Setting_ThatIsWrong_IsNamed(string key, string value)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();
        var exception = Assert.Throws<InvalidOperationException>(() => TelemetryOptions.From(configuration));
        Assert.Contains($"'{key}'", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(value, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failure_OfAModel_IsLoggedWithRequestRouteProviderAndReason()
    {
        await using var host = await StartAsync([]);
        await host.CreateRouteAsync("chat");
        host.Provider.On("/v1/chat/completions", http => FakeProvider.Error(http, 401, "x", "y"));
        var answer = await host.SendAsync(HttpMethod.Post, "/v1/chat/completions", Chat("Hello"), null, ("x-request-id", "request-of-mine"));
        Assert.Equal("request-of-mine", answer.Headers["x-request-id"]);
        Assert.Contains("1301 chat failed: upstream_authentication (route chat, provider gpu-worker, model demo-llama, request request-of-mine", host.Logs.All, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("with space", false)]
    [InlineData("quote\"", false)]
    [InlineData("a-good_one.1", true)]
    public async Task RequestId_IsTheCallersWhereItIsFit_AndOnEveryAnswer(string id, bool isKept)
    {
        await using var host = await StartAsync([]);
        foreach (var path in (string[])["/health", "/v1/models", "/v1/models/none"])
        {
            var answer = await host.SendAsync(HttpMethod.Get, path, null, null, ("x-request-id", id));
            Assert.Equal(isKept, answer.Headers["x-request-id"] == id);
            Assert.InRange(answer.Headers["x-request-id"].Length, 1, 128);
        }
    }

    [Fact]
    public async Task Exporter_OfOtlp_SendsSpansMetricsAndLogsWithoutContent()
    {
        var canary = "canary" + Guid.NewGuid().ToString("N");
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await GatewayHost.StartAsync(azurite, receiver.Settings.ToDictionary(s => s.Key, s => (string?)s.Value));
        await host.CreateRouteAsync("chat");
        await host.SendAsync(HttpMethod.Post, "/v1/chat/completions", Chat(canary), null, ("traceparent", Parent), ("baggage", $"a={canary}"), ("tracestate", $"a={canary}"), ("user-agent", canary));
        host.Provider.On("/v1/chat/completions", http => FakeProvider.Error(http, 401, canary, canary));
        await host.PostAsync("/v1/chat/completions", Chat(canary));

        var spans = await receiver.UntilAsync(all => all.Count(s => s.Name == "chat demo-llama") == 2);
        var call = spans.Single(s => s.Name == "chat demo-llama" && s.TraceId == "0af7651916cd43dd8448eb211c80319c");
        Assert.Equal(("serverless-gateway", "7", "3"), (call.Service, call.Attributes["gen_ai.usage.input_tokens"], call.Attributes["gen_ai.usage.output_tokens"]));
        await receiver.UntilAsync(_ => receiver.Holds("gen_ai.client.operation.duration") && receiver.Holds("upstream_authentication"));
        Assert.False(receiver.Holds(canary));
    }

    /// <summary>Azure Monitor's exporter samples traces, five a second, and would leave out the lines of those that it does not take.</summary>
    [Fact]
    public async Task Exporter_OfAzureMonitor_SendsEachLineOfAFailureWithItsNumber()
    {
        const int Requests = 40;
        var lines = new ConcurrentQueue<JsonElement>();
        await using var ingestion = await FakeProvider.StartAsync();
        ingestion.On("/v2.1/track", async http =>
        {
            await using var body = http.Request.Headers.ContentEncoding == "gzip" ? new GZipStream(http.Request.Body, CompressionMode.Decompress) : http.Request.Body;
            using var reader = new StreamReader(body);
            var items = (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            foreach (var item in items.Select(item => JsonDocument.Parse(item).RootElement).Where(item => item.GetProperty("data").GetProperty("baseType").GetString() == "MessageData")) lines.Enqueue(item.GetProperty("data").GetProperty("baseData"));
            await FakeProvider.Json(http, new { itemsReceived = items.Length, itemsAccepted = items.Length, errors = Array.Empty<object>() });
        });
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = $"InstrumentationKey={Guid.NewGuid()};IngestionEndpoint={ingestion.Address}" });
        await host.CreateRouteAsync("chat");
        host.Provider.On("/v1/chat/completions", http => FakeProvider.Error(http, 401, "x", "y"));
        for (var i = 0; i < Requests; i++) await host.PostAsync("/v1/chat/completions", Chat("Hello"));
        host.Services.GetRequiredService<LoggerProvider>().ForceFlush();

        var failures = lines.Where(line => line.GetProperty("properties").TryGetProperty("EventId", out var id) && id.GetString() == "1301").ToList();
        Assert.Equal(Requests, failures.Count);
        Assert.All(failures, line => Assert.Equal(("Warning", "chat"), (line.GetProperty("severityLevel").GetString(), line.GetProperty("properties").GetProperty("Route").GetString())));
    }

    /// <summary>A stop waits for what is being sent: with the client's own timeout, an endpoint that takes connections and says nothing held it for 100 seconds.</summary>
    [Fact]
    public void Exporter_OfAzureMonitor_HoldsNoStopForLong()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("APPLICATIONINSIGHTS_CONNECTION_STRING", $"InstrumentationKey={Guid.NewGuid()}")]).Build();
        using var services = new ServiceCollection().AddTelemetry(configuration).BuildServiceProvider();
        var options = services.GetRequiredService<IOptions<AzureMonitorExporterOptions>>().Value;
        Assert.Equal((TimeSpan.FromSeconds(5), false), (options.Retry.NetworkTimeout, options.EnableLiveMetrics));
    }

    private static object Chat(string content, bool stream = false) => new { model = "chat", stream, messages = new[] { new { role = "user", content } } };

    private static async Task<string> MetricsAsync(GatewayHost host)
    {
        var answer = await host.GetAsync("/metrics");
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Body;
    }

    private Task<GatewayHost> StartAsync(List<Activity> spans, List<Metric>? metrics = null, Dictionary<string, string?>? settings = null) =>
        GatewayHost.StartAsync(azurite, settings, services =>
        {
            var telemetry = services.AddOpenTelemetry().WithTracing(t => t.AddSource(GatewayTraces.SourceName).AddProcessor(new SimpleActivityExportProcessor(new Locked(spans))));
            if (metrics is not null) telemetry.WithMetrics(m => m.AddInMemoryExporter(metrics));
        });

    /// <summary>Spans end on many threads. The source is the process's, but tests of this collection run one after another.</summary>
    private sealed class Locked(List<Activity> spans) : BaseExporter<Activity>
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
