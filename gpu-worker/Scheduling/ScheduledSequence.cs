namespace Serverless.GpuWorker.Scheduling;

/// <summary>
/// A sequence's part of a step: <paramref name="Count"/> tokens from <paramref name="Start"/>, the last <paramref name="Drafts"/> of which are drafted. A draft follows the sequence's last token
/// only; a token is then sampled after that one and after each draft, and those after the first draft that did not come are no use.
/// </summary>
public readonly record struct ScheduledSequence(Sequence Sequence, int Start, int Count, int Drafts = 0)
{
    /// <summary>Whether the part reaches the sequence's last token, so that the next one is sampled.</summary>
    public bool IsSampled => Start + Count - Drafts == Sequence.Length;

    /// <summary>Rows of logits that are sampled.</summary>
    public int SampledRows => IsSampled ? 1 + Drafts : 0;
}
