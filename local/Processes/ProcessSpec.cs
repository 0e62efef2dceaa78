namespace Serverless.Local.Processes;

/// <summary>A child process to keep running.</summary>
public sealed record ProcessSpec
{
    /// <summary>How it is called in messages, for example "gpu-worker".</summary>
    public required string Name { get; init; }

    public required string FileName { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Set on top of this process's own environment; null removes a variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Takes each line that the child prints, beside the ring that keeps the last ones. Default: nobody.</summary>
    public Action<string>? OnOutput { get; init; }

    public string? WorkingDirectory { get; init; }

    /// <summary>
    /// Completes when the child is ready to be used, and must honour its token, which is cancelled when the child dies first.
    /// Called for every start. The default is ready at once.
    /// </summary>
    public Func<CancellationToken, Task> WaitUntilReady { get; init; } = static _ => Task.CompletedTask;

    /// <summary>A child that is not ready after this is killed, which counts as a crash.</summary>
    public TimeSpan ReadyTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The pause before the first restart; it doubles with every crash in a row.</summary>
    public TimeSpan FirstBackOff { get; init; } = TimeSpan.FromMilliseconds(250);

    public TimeSpan LongestBackOff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>More crashes in a row than this end the supervision: the child is broken, not unlucky.</summary>
    public int MaxCrashesInARow { get; init; } = 5;

    /// <summary>
    /// With this exit code, before it is ready, a child says that starting it again changes nothing (a damaged file, a missing part); its last line
    /// on standard error, or of all its output where there is none, is then the message. EX_CONFIG of sysexits.h.
    /// </summary>
    public int NoRestartExitCode { get; init; } = 78;

    /// <summary>A child that stays ready for so long has recovered: earlier crashes are forgotten.</summary>
    public TimeSpan StableAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the child may take to end after SIGTERM, before SIGKILL.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many of its last lines of output are kept in memory for diagnostics.</summary>
    public int OutputLines { get; init; } = 100;
}
