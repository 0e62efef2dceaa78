namespace Serverless.GpuWorker.Sampling;

/// <summary>A row's likeliest tokens, as a device picked them out: every token whose logit is above the last one's is among them.</summary>
/// <param name="logits">[K], falling; equal ones in any order.</param>
/// <param name="tokens">[K], their tokens.</param>
/// <param name="total">
/// The sum over the whole vocabulary of exp((logit - best) / temperature), 1 or more, right to within <see cref="CandidateSampler.TotalError"/>; no finite number where the row holds one.
/// </param>
internal readonly ref struct TokenCandidates(ReadOnlySpan<float> logits, ReadOnlySpan<long> tokens, float total)
{
    public ReadOnlySpan<float> Logits { get; } = logits;

    public ReadOnlySpan<long> Tokens { get; } = tokens;

    public float Total { get; } = total;
}
