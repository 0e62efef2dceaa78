using System.Diagnostics.Metrics;

namespace Serverless.Functions.Guards;

/// <summary><c>gateway.guard.matches</c>: what guards found, by kind, side and action; all of them closed sets.</summary>
public sealed class GuardMetrics
{
    private readonly Counter<long> _matches;

    public GuardMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        _matches = meters.Create(Dispatch.GatewayMetrics.MeterName).CreateCounter<long>("gateway.guard.matches", "{match}", "What guards found in prompts and answers.");
    }

    public void Found(string kind, string side, GuardAction action) =>
        _matches.Add(1, new("guard.kind", kind), new("guard.side", side), new("guard.action", action.ToString().ToLowerInvariant()));
}
