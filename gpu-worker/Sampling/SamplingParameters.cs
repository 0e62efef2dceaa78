namespace Serverless.GpuWorker.Sampling;

/// <summary>How the next token is chosen. Values are validated at the API; the sampler assumes the stated ranges.</summary>
public sealed record SamplingParameters
{
    /// <summary>0 (greedy) to 2.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>0 (exclusive) to 1.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>At least 1; 0 means no limit.</summary>
    public int TopK { get; init; }

    /// <summary>Sampling noise is a function of (seed, position) only.</summary>
    public ulong Seed { get; init; }

    /// <summary>-2..2.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>-2..2.</summary>
    public float FrequencyPenalty { get; init; }
}
