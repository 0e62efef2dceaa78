using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Supervision.Replicas;

/// <summary>A replica's status over all its lives: what a dead process had counted is kept, so that counters never go back.</summary>
internal sealed class ReplicaStatus(TimeSpan now)
{
    private EngineStatus _before = new(false, now, 0, 0, 0, 0, 0);

    public ChildConnection? Connection { get; private set; }

    public bool IsGivenUp { get; private set; }

    public void Ready(ChildConnection connection) => Connection = connection;

    public void Lost()
    {
        if (Connection is { } connection) _before = Sum(_before, connection.Status);
        Connection = null;
    }

    public void GiveUp() => IsGivenUp = true;

    /// <param name="restarts">Of the replica's process.</param>
    public EngineStatus ToStatus(TimeSpan now, long restarts)
    {
        var status = Connection is { } connection
            ? Sum(_before, connection.Status)
            : _before with { IsReady = false, Running = 0, Waiting = 0, KvCacheUsage = 0, LastProgress = now };
        return status with { IsReady = Connection is not null, IsLoading = Connection is null && !IsGivenUp, Restarts = restarts };
    }

    /// <summary>How it is now, with the counters of both.</summary>
    private static EngineStatus Sum(EngineStatus before, EngineStatus now) => now with
    {
        PromptTokens = before.PromptTokens + now.PromptTokens,
        GeneratedTokens = before.GeneratedTokens + now.GeneratedTokens,
        Preemptions = before.Preemptions + now.Preemptions,
        PrefixQueryTokens = before.PrefixQueryTokens + now.PrefixQueryTokens,
        PrefixHitTokens = before.PrefixHitTokens + now.PrefixHitTokens,
        Drafts = before.Drafts.Plus(now.Drafts),
        Histograms = Sum(before.Histograms, now.Histograms),
    };

    private static IReadOnlyList<HistogramCounts> Sum(IReadOnlyList<HistogramCounts> before, IReadOnlyList<HistogramCounts> now) =>
        before.Count == now.Count ? [.. before.Zip(now, (a, b) => a.Plus(b))] : now.Count > 0 ? now : before;
}
