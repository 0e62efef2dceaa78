using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Limits;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Telemetry;

/// <summary>
/// One call of a model as telemetry sees it: a client span named <c>{operation} {model}</c>, whose id goes upstream as traceparent, and the
/// metrics of OpenTelemetry's GenAI conventions when it ends. It is told sizes and times, never content.
/// </summary>
internal sealed partial class ModelCall
{
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _operation;
    private readonly string _route;
    private readonly bool _streams;
    private readonly Activity? _activity;
    private readonly long _started;
    private readonly RouteModel _first;
    private long? _lastChunk;

    /// <param name="operation"><c>chat</c>, <c>text_completion</c>, <c>embeddings</c> or <c>rerank</c>.</param>
    /// <param name="streams">Whether the reader gets the answer as it is generated.</param>
    internal ModelCall(GatewayMetrics metrics, TimeProvider time, ILogger logger, string operation, string route, RouteModel model, bool streams)
    {
        (_metrics, _time, _logger, _operation, _route, _streams, _first) = (metrics, time, logger, operation, route, streams, model);
        _started = time.GetTimestamp();
        if (!GatewayTraces.Source.HasListeners()) return;
        // What samplers may decide by is there from the start, as the conventions ask.
        var tags = new ActivityTagsCollection { ["gen_ai.operation.name"] = operation, ["gen_ai.provider.name"] = ProviderNames.Of(model.Provider), ["gen_ai.request.model"] = model.Name };
        _activity = GatewayTraces.Source.StartActivity(ActivityKind.Client, default, tags, name: $"{operation} {model.Name}");
        _activity?.SetTag("serverless.route", route);
        if (streams) _activity?.SetTag("gen_ai.request.stream", true);
    }

    /// <summary>Time since the call began.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_started);

    /// <summary>
    /// Makes the span the current one again: what is set inside an asynchronous iterator is lost between two of its events, and a target that is asked
    /// later belongs to this call all the same.
    /// </summary>
    public void Enter()
    {
        if (_activity is not null) Activity.Current = _activity;
    }

    /// <summary>Something of the answer has come from <paramref name="model"/>. Only streams are measured by chunks.</summary>
    public void Chunk(RouteModel model)
    {
        var now = _time.GetTimestamp();
        if (_lastChunk is { } last)
        {
            if (_streams) _metrics.RecordChunk(_operation, ProviderNames.Of(model.Provider), model.Name, _time.GetElapsedTime(last, now));
        }
        else
        {
            FirstToken = _time.GetElapsedTime(_started, now);
        }

        _lastChunk = now;
    }

    /// <summary>Time until something of the answer came; null before.</summary>
    public TimeSpan? FirstToken { get; private set; }

    /// <param name="model">The target that answered, or was the last to fail.</param>
    /// <param name="inputTokens">What was used, when that is known.</param>
    /// <param name="outputTokens">Null for embeddings too.</param>
    /// <param name="error">An error code; null for success.</param>
    public void End(RouteModel model, int? inputTokens, int? outputTokens, string? error, TimeSpan duration)
    {
        var labels = new ModelLabels(_operation, ProviderNames.Of(model.Provider), model.Name, GatewayMetrics.ErrorType(error));
        var firstChunk = _streams ? FirstToken : null;
        _metrics.Record(labels, duration, inputTokens, outputTokens, firstChunk);
        if (error is not null) LogFailed(_logger, _operation, error, _route, model.Provider, model.Name, RequestLimits.Current?.RequestId ?? "none", (long)duration.TotalMilliseconds);
        if (_activity is null) return;
        _activity.SetTag("gen_ai.provider.name", labels.Provider).SetTag("gen_ai.request.model", model.Name);
        if (!ReferenceEquals(model, _first)) _activity.SetTag("serverless.fallback", true);
        if (inputTokens is { } input) _activity.SetTag("gen_ai.usage.input_tokens", input);
        if (outputTokens is { } output) _activity.SetTag("gen_ai.usage.output_tokens", output);
        if (firstChunk is { } first) _activity.SetTag("gen_ai.response.time_to_first_chunk", first.TotalSeconds);
        if (labels.Error is not null) _activity.SetTag("error.type", labels.Error).SetStatus(ActivityStatusCode.Error);
        _activity.Dispose();
    }

    [LoggerMessage(1301, LogLevel.Warning, "{Operation} failed: {Reason} (route {Route}, provider {Provider}, model {Model}, request {RequestId}, after {Ms} ms).")]
    private static partial void LogFailed(ILogger logger, string operation, string reason, string route, string provider, string model, string requestId, long ms);
}
