using System.Diagnostics.Metrics;

namespace Serverless.Functions.Limits;

/// <summary>What the limits do, in figures. Labels come from closed sets: no route, no client.</summary>
public sealed class LimitMetrics
{
    public const string MeterName = "Serverless.Limits";

    private readonly Counter<long> _decisions;
    private readonly Counter<long> _operations;
    private readonly Counter<long> _lost;

    public LimitMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create(MeterName);
        _decisions = meter.CreateCounter<long>("gateway.limits.decisions", "{call}", "Calls that a limit was asked about, by outcome.");
        _operations = meter.CreateCounter<long>("gateway.limits.storage_operations", "{operation}", "Requests to the counters' storage.");
        _lost = meter.CreateCounter<long>("gateway.usage.lost", "{record}", "Usage records that were given up because the storage did not take them.");
    }

    /// <param name="outcome"><c>admitted</c>, <c>refused</c>, <c>shadow_refused</c>, <c>unavailable</c> or <c>unenforced</c>.</param>
    /// <param name="limit">The kind of limit: <c>calls/minute</c>; empty where it was none in particular.</param>
    public void Decision(string outcome, string limit = "") => _decisions.Add(1, new("outcome", outcome), new("limit", limit));

    /// <param name="operation"><c>read</c> or <c>write</c>.</param>
    public void StorageOperation(string operation)
    {
        _operations.Add(1, new KeyValuePair<string, object?>("operation", operation));
    }

    public void Lost(long records) => _lost.Add(records);
}
