using Serverless.Contracts;

namespace Serverless.GpuWorker.Scheduling;

/// <summary>A moment in the engine's life, for health and metrics.</summary>
/// <param name="LastProgress">When a step last completed, or when there was last nothing to do, by <see cref="SteadyTime"/>.</param>
/// <param name="KvCacheUsage">Share of KV cache blocks in use, 0..1.</param>
public sealed record EngineStatus(bool IsReady, TimeSpan LastProgress, int Running, int Waiting, double KvCacheUsage, long PromptTokens, long GeneratedTokens)
{
    /// <summary>Whether it is being loaded, for the first time or again after a crash: not ready, and not dead.</summary>
    public bool IsLoading { get; init; }

    /// <summary>How often a sequence gave its blocks up to others.</summary>
    public long Preemptions { get; init; }

    /// <summary>Tokens that were looked for in the prefix cache, and those that were found.</summary>
    public long PrefixQueryTokens { get; init; }

    /// <inheritdoc cref="PrefixQueryTokens"/>
    public long PrefixHitTokens { get; init; }

    /// <summary>What was drafted; nothing where nothing is.</summary>
    public DraftCounts Drafts { get; init; }

    /// <summary>Blocks of the KV cache; 0 where it is not known.</summary>
    public int KvCacheBlocks { get; init; }

    /// <summary>Tokens of a block.</summary>
    public int KvCacheBlockSize { get; init; }

    /// <summary>What the model took of its device when it was warmed up; null where it has none of its own.</summary>
    public DeviceMemory? DeviceMemory { get; init; }

    /// <summary>By <see cref="EngineMeasure"/>; empty where none are kept.</summary>
    public IReadOnlyList<HistogramCounts> Histograms { get; init; } = [];

    /// <summary>How often a process of the engine has been started again.</summary>
    public long Restarts { get; init; }

    /// <summary>How often a request was taken up again after the process that ran it had died.</summary>
    public long Replays { get; init; }

    /// <summary>Where several engines stand behind one: the status of each.</summary>
    public IReadOnlyList<EngineStatus> Replicas { get; init; } = [];
}
