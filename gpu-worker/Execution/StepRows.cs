using Serverless.GpuWorker.Sampling;

namespace Serverless.GpuWorker.Execution;

/// <summary>What a step yielded for its R sampled rows; valid until the next step.</summary>
internal readonly ref struct StepRows
{
    /// <summary>[R, vocabulary]. Rows that were asked for as candidates may hold anything.</summary>
    public ReadOnlySpan<float> Logits { get; init; }

    /// <summary>K, the candidates of each row; 0 where there are logits alone.</summary>
    public int Candidates { get; init; }

    /// <summary>[R, K], the logits of each row's likeliest tokens, falling.</summary>
    public ReadOnlySpan<float> CandidateLogits { get; init; }

    /// <summary>[R, K], those tokens.</summary>
    public ReadOnlySpan<long> CandidateTokens { get; init; }

    /// <summary>[R], <see cref="TokenCandidates.Total"/> of each row.</summary>
    public ReadOnlySpan<float> Totals { get; init; }
}
