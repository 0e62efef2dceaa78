using System.Globalization;
using System.Text;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Api.Metrics;

/// <summary>The worker's metrics, under the names and with the buckets that vLLM's have (vllm/v1/metrics, docs/design/metrics.md), so that its dashboards work. Thread-safe.</summary>
public sealed class ServingMetrics
{
    /// <summary>The closed set of label values of request_success_total.</summary>
    internal static readonly string[] FinishReasons = ["stop", "length", "abort", "error"];

    private readonly long[] _finished = new long[FinishReasons.Length];
    private long _embeddedTexts;
    private long _embeddedTokens;
    private long _rerankedTexts;
    private long _rerankedTokens;

    internal LatencyHistogram TimeToFirstToken { get; } = new(
        "vllm:time_to_first_token_seconds",
        "From the request to its first token.",
        [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560]);

    internal LatencyHistogram InterTokenLatency { get; } = new(
        "vllm:inter_token_latency_seconds",
        "Between a token and the next of the same sequence.",
        [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80]);

    internal LatencyHistogram E2eRequestLatency { get; } = new(
        "vllm:e2e_request_latency_seconds",
        "From the request to the end of its sequence.",
        [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680]);

    /// <param name="reason">One of <see cref="FinishReasons"/>.</param>
    internal void CountFinished(string reason) => Interlocked.Increment(ref _finished[Array.IndexOf(FinishReasons, reason)]);

    internal void CountEmbedded(int texts, int tokens)
    {
        Interlocked.Add(ref _embeddedTexts, texts);
        Interlocked.Add(ref _embeddedTokens, tokens);
    }

    internal void CountReranked(int texts, int tokens)
    {
        Interlocked.Add(ref _rerankedTexts, texts);
        Interlocked.Add(ref _rerankedTokens, tokens);
    }

    /// <summary>All metrics in Prometheus' text format 0.0.4; those of the engine are left out while there is none.</summary>
    internal string Write(string modelName, EngineStatus? engine)
    {
        var output = new StringBuilder();
        var labels = $"model_name=\"{Escape(modelName)}\",engine=\"0\"";
        if (engine is not null) EngineMetrics.Write(output, Escape(modelName), engine);

        output.Append("# HELP vllm:request_success_total Sequences that ended, by reason.\n# TYPE vllm:request_success_total counter\n");
        for (var i = 0; i < FinishReasons.Length; i++)
        {
            output.Append(CultureInfo.InvariantCulture, $"vllm:request_success_total{{{labels},finished_reason=\"{FinishReasons[i]}\"}} {Interlocked.Read(ref _finished[i])}\n");
        }

        TimeToFirstToken.Write(output, labels);
        InterTokenLatency.Write(output, labels);
        E2eRequestLatency.Write(output, labels);
        Value(output, "serverless:embedded_texts_total", "counter", "Texts embedded.", "engine=\"0\"", Interlocked.Read(ref _embeddedTexts));
        Value(output, "serverless:embedded_tokens_total", "counter", "Tokens embedded.", "engine=\"0\"", Interlocked.Read(ref _embeddedTokens));
        Value(output, "serverless:reranked_texts_total", "counter", "Documents scored by a reranker.", "engine=\"0\"", Interlocked.Read(ref _rerankedTexts));
        Value(output, "serverless:reranked_tokens_total", "counter", "Tokens of them, each with its query.", "engine=\"0\"", Interlocked.Read(ref _rerankedTokens));
        return output.ToString();
    }

    private static void Value(StringBuilder output, string name, string type, string help, string labels, double value) =>
        output.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n{name}{{{labels}}} {value}\n");

    private static string Escape(string label) =>
        label.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
