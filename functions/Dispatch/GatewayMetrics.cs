using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Serverless.Functions.Dispatch;

/// <summary>Metrics by OpenTelemetry's GenAI conventions. Every label comes from a closed set: nothing that a caller can make up.</summary>
public sealed class GatewayMetrics
{
    public const string MeterName = "Serverless.Gateway";

    private static readonly HashSet<string> KnownErrors =
    [
        "client_disconnected", "upstream_timeout", "upstream_unreachable", "upstream_invalid_response", "upstream_authentication",
        "upstream_model_not_found", "upstream_rate_limited", "upstream_unavailable", "upstream_error",
    ];

    private readonly Histogram<double> _duration;
    private readonly Histogram<long> _tokens;

    public GatewayMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create(MeterName);
        _duration = meter.CreateHistogram<double>("gen_ai.client.operation.duration", "s", "Duration of a call of a model.");
        _tokens = meter.CreateHistogram<long>("gen_ai.client.token.usage", "{token}", "Tokens in and out of a call of a model.");
    }

    /// <param name="operation"><c>chat</c>, <c>text_completion</c> or <c>embeddings</c>.</param>
    /// <param name="error">An error code; null for success. One of a provider's own counts as <c>upstream_refused</c>.</param>
    public void Record(string operation, string provider, TimeSpan duration, int? inputTokens, int? outputTokens, string? error)
    {
        var tags = new TagList { { "gen_ai.operation.name", operation }, { "gen_ai.provider.name", provider } };
        if (inputTokens is { } input) _tokens.Record(input, [.. tags, new("gen_ai.token.type", "input")]);
        if (outputTokens is { } output) _tokens.Record(output, [.. tags, new("gen_ai.token.type", "output")]);
        if (error is not null) tags.Add("error.type", KnownErrors.Contains(error) ? error : "upstream_refused");
        _duration.Record(duration.TotalSeconds, tags);
    }
}
