namespace Serverless.GpuWorker.Scheduling;

/// <summary>What was drafted and what of it came.</summary>
/// <param name="Drafts">Times that a sequence drafted in a step.</param>
/// <param name="Tokens">Tokens that were drafted.</param>
/// <param name="AcceptedTokens">Those of them that were then sampled.</param>
public readonly record struct DraftCounts(long Drafts, long Tokens, long AcceptedTokens)
{
    public DraftCounts With(int tokens, int accepted) => new(Drafts + 1, Tokens + tokens, AcceptedTokens + accepted);

    public DraftCounts Plus(DraftCounts other) => new(Drafts + other.Drafts, Tokens + other.Tokens, AcceptedTokens + other.AcceptedTokens);
}
