namespace Serverless.GpuWorker.Supervision;

/// <summary>How children are watched over.</summary>
internal sealed record SupervisionOptions
{
    /// <summary>Between two heartbeats.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Heartbeats without an answer, after which a child is killed. They are counted, not timed, so that a machine that slept kills nobody when it wakes.</summary>
    public int MissedHeartbeats { get; init; } = 20;

    /// <summary>Work without progress for longer: the child is killed and started again.</summary>
    public TimeSpan StallAfter { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>Crashes within <see cref="CrashWindow"/> after which a child is given up.</summary>
    public int MaxCrashes { get; init; } = 5;

    /// <summary>Of time spent ready: loading, however long, does not make crashes rarer.</summary>
    public TimeSpan CrashWindow { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a child may take to end in order.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(5);
}
