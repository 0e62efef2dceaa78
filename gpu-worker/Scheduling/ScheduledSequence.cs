namespace Serverless.GpuWorker.Scheduling;

/// <summary>A sequence's part of a step: <paramref name="Count"/> tokens from <paramref name="Start"/>.</summary>
public readonly record struct ScheduledSequence(Sequence Sequence, int Start, int Count)
{
    /// <summary>Whether the part ends with the sequence's last token, so that the next one is sampled.</summary>
    public bool IsSampled => Start + Count == Sequence.Length;
}
