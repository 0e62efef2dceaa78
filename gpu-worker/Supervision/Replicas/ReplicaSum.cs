using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Supervision.Replicas;

/// <summary>The status of several replicas as one engine's.</summary>
internal static class ReplicaSum
{
    /// <param name="waiting">Requests that wait in the parent.</param>
    public static EngineStatus Of(IReadOnlyList<EngineStatus> replicas, int waiting, TimeSpan now, long replays)
    {
        var up = replicas.Where(replica => replica.IsReady).ToList();
        // One that moves is enough to be well: one that does not is killed by its supervisor.
        var lastProgress = up.Count == 0 ? now : up.Max(replica => replica.LastProgress);
        return new EngineStatus(up.Count > 0, lastProgress, replicas.Sum(r => r.Running), waiting + replicas.Sum(r => r.Waiting), up.Count == 0 ? 0 : up.Average(r => r.KvCacheUsage), replicas.Sum(r => r.PromptTokens), replicas.Sum(r => r.GeneratedTokens))
        {
            IsLoading = up.Count == 0 && replicas.Any(replica => replica.IsLoading),
            Preemptions = replicas.Sum(r => r.Preemptions),
            PrefixQueryTokens = replicas.Sum(r => r.PrefixQueryTokens),
            PrefixHitTokens = replicas.Sum(r => r.PrefixHitTokens),
            Drafts = replicas.Aggregate(default(DraftCounts), (sum, r) => sum.Plus(r.Drafts)),
            Restarts = replicas.Sum(r => r.Restarts),
            Replays = replays,
            Replicas = replicas,
        };
    }
}
