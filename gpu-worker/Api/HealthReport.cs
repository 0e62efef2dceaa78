using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Api;

/// <summary>Whether the worker is to get requests, and why not.</summary>
/// <param name="Status"><c>ready</c>, <c>loading</c> (also again, after a crash), <c>draining</c>, <c>stalled</c> (there is work and no progress) or <c>failed</c>.</param>
public sealed record HealthReport(string Status)
{
    public bool IsReady => Status == "ready";

    /// <param name="stallAfter">How long work may go without progress.</param>
    public static HealthReport Of(ServingPhase phase, EngineStatus? engine, TimeSpan now, TimeSpan stallAfter, IReadOnlyList<IEncodingModel>? encoders = null) => phase switch
    {
        ServingPhase.Loading => new("loading"),
        ServingPhase.Draining => new("draining"),
        ServingPhase.Failed => new("failed"),
        _ when encoders?.Any(encoder => encoder.HasFailed) == true => new("failed"),
        _ when engine is { IsLoading: true } || encoders?.Any(encoder => !encoder.IsReady) == true => new("loading"),
        _ when engine is { IsReady: false } => new("failed"),
        _ when engine is not null && engine.Running + engine.Waiting > 0 && now - engine.LastProgress > stallAfter => new("stalled"),
        _ => new("ready"),
    };
}
