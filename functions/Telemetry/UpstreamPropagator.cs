using System.Diagnostics;

namespace Serverless.Functions.Telemetry;

/// <summary>
/// What a provider gets of the trace: <c>traceparent</c> of the call's span, and nothing else. The HTTP client makes a span of its own below it, which nobody
/// exports; what is upstream belongs to the one that is. Baggage and tracestate are callers' texts.
/// </summary>
internal sealed class UpstreamPropagator : DistributedContextPropagator
{
    public override IReadOnlyCollection<string> Fields { get; } = ["traceparent"];

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
    {
        while (activity is not null && activity.Source != GatewayTraces.Source) activity = activity.Parent;
        if (activity?.Id is { } id) setter?.Invoke(carrier, "traceparent", id);
    }

    public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState) => (traceId, traceState) = (null, null);

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;
}
