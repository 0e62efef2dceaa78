namespace Serverless.GpuWorker.Execution;

/// <summary>One step's packed inputs: T tokens of B sequences, R rows of which are sampled.</summary>
internal readonly ref struct StepInputs
{
    /// <summary>[T]; in a step that is begun ahead, ~r stands for the likeliest token of row r of the step before.</summary>
    public required ReadOnlySpan<int> InputIds { get; init; }

    /// <summary>[B+1], prefix sums of the sequences' tokens in this step.</summary>
    public required ReadOnlySpan<int> CumulativeLengths { get; init; }

    /// <summary>[B], tokens of each sequence that are in the cache already.</summary>
    public required ReadOnlySpan<int> PastLengths { get; init; }

    /// <summary>[B, table width]</summary>
    public required ReadOnlySpan<int> BlockTable { get; init; }

    /// <summary>[T], block * block size + offset.</summary>
    public required ReadOnlySpan<int> SlotMapping { get; init; }

    /// <summary>[R], at least one.</summary>
    public required ReadOnlySpan<int> SampledRows { get; init; }

    /// <summary>
    /// [R], of each row the inverse of the temperature that its candidates are wanted at, or 0 where all its logits are; empty where all of all are. Only the rank that yields logits looks at it.
    /// </summary>
    public ReadOnlySpan<float> InverseTemperatures { get; init; }
}
