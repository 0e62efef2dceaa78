namespace Serverless.GpuWorker.Api;

/// <summary>Where the worker is in its life.</summary>
public enum ServingPhase
{
    Loading,
    Serving,

    /// <summary>No new work is taken; what is in flight is finished.</summary>
    Draining,

    /// <summary>The models could not be loaded, or the engine is dead: the process is about to end.</summary>
    Failed,
}
