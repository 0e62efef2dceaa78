namespace Serverless.GpuWorker.Scheduling;

/// <summary>
/// A sequence's part of a step: <paramref name="Count"/> tokens from <paramref name="Start"/>, the last <paramref name="Drafts"/> of which are drafted. A draft follows the sequence's last token
/// only; a token is then sampled after that one and after each draft, and those after the first draft that did not come are no use.
/// </summary>
/// <param name="PromptRows">Its tokens whose logits say how likely the prompt's next one was: neighbours, the last of them as late in the prompt as the part goes (<see cref="Sequence.PromptRowsEnd"/>).</param>
public readonly record struct ScheduledSequence(Sequence Sequence, int Start, int Count, int Drafts = 0, int PromptRows = 0)
{
    /// <summary>Whether the part reaches the sequence's last token, so that the next one is sampled.</summary>
    public bool IsSampled => Start + Count - Drafts == Sequence.Length;

    /// <summary>Rows of logits that are sampled.</summary>
    public int SampledRows => IsSampled ? 1 + Drafts : 0;

    /// <summary>All its rows of logits: those of the prompt, then those that are sampled.</summary>
    public int Rows => PromptRows + SampledRows;
}
