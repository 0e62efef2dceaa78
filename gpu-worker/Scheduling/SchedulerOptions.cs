namespace Serverless.GpuWorker.Scheduling;

/// <summary>The bounds of a step.</summary>
public sealed record SchedulerOptions
{
    /// <summary>Tokens of a step, more than <see cref="MaxSequences"/>, so that decoding never starves a prompt.</summary>
    public required int MaxBatchedTokens { get; init; }

    /// <summary>
    /// Prompt tokens of a step in which others decode, 1..<see cref="MaxBatchedTokens"/>; null for as many as there is room for. Who decodes waits for its next token as long as the step takes.
    /// </summary>
    public int? MaxPromptTokensBesideDecodes { get; init; }

    /// <summary>Sequences that run at once.</summary>
    public required int MaxSequences { get; init; }

    /// <summary>Tokens of a block.</summary>
    public required int BlockSize { get; init; }

    /// <summary>Rows of logits of a step that tell of prompts, 1 or more: what a step of one such prompt has of tokens at most.</summary>
    public int MaxPromptRows { get; init; } = 64;

    /// <summary>Whether full blocks are found and shared by requests of one client.</summary>
    public bool PrefixCaching { get; init; } = true;

    /// <summary>Whether a waiting request may take the place of running, less urgent ones of its own client.</summary>
    public bool PreemptByPriority { get; init; }
}
