using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Serverless.Functions.Telemetry;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// Metrics by OpenTelemetry's conventions: HTTP's, and GenAI's as released (<c>gen_ai.client.operation.*</c>), with the buckets that they advise. Every label
/// comes from a closed set or from an operator: nothing that a caller can make up, no client.
/// </summary>
public sealed class GatewayMetrics
{
    public const string MeterName = "Serverless.Gateway";

    private static readonly double[] Durations = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
    private static readonly double[] FirstChunks = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
    private static readonly double[] OutputChunks = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];
    private static readonly double[] Requests = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
    private static readonly long[] TokenCounts = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];

    private static readonly HashSet<string> KnownErrors =
    [
        "client_disconnected", "upstream_timeout", "upstream_unreachable", "upstream_invalid_response", "upstream_authentication",
        "upstream_model_not_found", "upstream_rate_limited", "insufficient_quota", "upstream_unavailable", "upstream_error", "upstream_answer_too_long", "upstream_redirected", "too_many_tools",
    ];

    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstChunk;
    private readonly Histogram<double> _outputChunk;
    private readonly Histogram<double> _retrieval;
    private readonly Histogram<double> _reranking;
    private readonly Histogram<double> _requests;
    private readonly Histogram<double> _tools;
    private readonly Histogram<double> _upstreamTools;
    private readonly Histogram<long> _tokens;

    public GatewayMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create(MeterName);
        Histogram<double> Seconds(string name, string what, double[] buckets) =>
            meter.CreateHistogram(name, "s", what, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets });
        _duration = Seconds("gen_ai.client.operation.duration", "Duration of a call of a model.", Durations);
        _firstChunk = Seconds("gen_ai.client.operation.time_to_first_chunk", "Time to the first chunk of a stream.", FirstChunks);
        _outputChunk = Seconds("gen_ai.client.operation.time_per_output_chunk", "Time from one chunk of a stream to the next.", OutputChunks);
        _retrieval = Seconds("gen_ai.retrieval.duration", "Duration of a search of a collection, the question's embedding included.", Durations);
        _reranking = Seconds("serverless.rag.rerank.duration", "Duration of a reranking of what a search found; with error.type where the order found was kept.", Durations);
        _requests = Seconds("http.server.request.duration", "Duration of a request, its whole answer included.", Requests);
        _tools = Seconds("mcp.server.operation.duration", "Duration of a call of a tool of the MCP endpoint.", Durations);
        _upstreamTools = Seconds("mcp.client.operation.duration", "Duration of a request of an upstream MCP server, its session included.", Durations);
        _tokens = meter.CreateHistogram(
            "gen_ai.client.token.usage", "{token}", "Tokens in and out of a call of a model.", advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = TokenCounts });
    }

    /// <summary>A code as <c>error.type</c>: one of a closed set. One of a provider's own counts as <c>upstream_refused</c>.</summary>
    public static string? ErrorType(string? code) => code is null || IsKnown(code) ? code : "upstream_refused";

    /// <summary>Whether a code is of the closed set, and not a provider's own word.</summary>
    public static bool IsKnown(string code) => KnownErrors.Contains(code);

    /// <param name="firstChunk">Time to the first chunk; null for what is no stream or had none.</param>
    public void Record(ModelLabels labels, TimeSpan duration, int? inputTokens, int? outputTokens, TimeSpan? firstChunk)
    {
        var tags = new TagList { { "gen_ai.operation.name", labels.Operation }, { "gen_ai.provider.name", labels.Provider }, { "gen_ai.request.model", labels.Model } };
        if (firstChunk is { } first) _firstChunk.Record(first.TotalSeconds, tags);
        if (_tokens.Enabled)
        {
            if (inputTokens is { } input) RecordTokens(input, "input", tags);
            if (outputTokens is { } output) RecordTokens(output, "output", tags);
        }

        if (labels.Error is not null) tags.Add("error.type", labels.Error);
        _duration.Record(duration.TotalSeconds, tags);
    }

    /// <param name="gap">From the chunk before to this one.</param>
    public void RecordChunk(string operation, string provider, string model, TimeSpan gap)
    {
        if (_outputChunk.Enabled) _outputChunk.Record(gap.TotalSeconds, new("gen_ai.operation.name", operation), new("gen_ai.provider.name", provider), new("gen_ai.request.model", model));
    }

    public void RecordRetrieval(TimeSpan duration, string? error)
    {
        var tags = new TagList { { "gen_ai.operation.name", "retrieval" }, { "gen_ai.provider.name", "azure.ai.search" } };
        if (error is not null) tags.Add("error.type", error);
        _retrieval.Record(duration.TotalSeconds, tags);
    }

    /// <param name="error">Why the order found was kept; null where it was not.</param>
    public void RecordReranking(TimeSpan duration, string? error)
    {
        if (ErrorType(error) is { } type) _reranking.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("error.type", type));
        else _reranking.Record(duration.TotalSeconds);
    }

    /// <param name="route">The template of the function's route, never the path.</param>
    /// <param name="method">One that a function has.</param>
    public void RecordRequest(string method, string route, int status, TimeSpan duration)
    {
        if (!_requests.Enabled) return;
        var tags = new TagList { { "http.request.method", method }, { "http.route", route }, { "http.response.status_code", status } };
        if (status >= 500) tags.Add("error.type", StatusText(status));
        _requests.Record(duration.TotalSeconds, tags);
    }

    /// <param name="tool">One of a closed set.</param>
    /// <param name="error">Of a closed set; null where the call succeeded.</param>
    public void RecordTool(string method, string tool, TimeSpan duration, string? error)
    {
        var tags = new TagList { { "mcp.method.name", method }, { "gen_ai.tool.name", tool } };
        if (error is not null) tags.Add("error.type", error);
        _tools.Record(duration.TotalSeconds, tags);
    }

    /// <param name="method">Of the protocol; one that the gateway uses.</param>
    /// <param name="server">The name that an operator gave it.</param>
    /// <param name="error">Of a closed set; null where the server answered.</param>
    public void RecordUpstreamTool(string method, string server, TimeSpan duration, string? error)
    {
        var tags = new TagList { { "mcp.method.name", method }, { "gateway.mcp_server", server } };
        if (error is not null) tags.Add("error.type", error);
        _upstreamTools.Record(duration.TotalSeconds, tags);
    }

    private static string StatusText(int status) => status.ToString(CultureInfo.InvariantCulture);

    private void RecordTokens(int tokens, string type, TagList tags)
    {
        tags.Add("gen_ai.token.type", type);
        _tokens.Record(tokens, tags);
    }
}
