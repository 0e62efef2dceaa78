namespace Serverless.GpuWorker.Scheduling;

/// <summary>One token of a sequence, in order. The last one carries the finish reason; an EOS or stop token is reported with its id.</summary>
/// <param name="Logprobs">Where the request asked for them.</param>
/// <param name="Times">On the last token, where the request asked for them.</param>
/// <param name="OfPrompt">On the first token, where the request asked for any of it.</param>
public readonly record struct GeneratedToken(int Id, FinishReason? Finish, TokenLogprobs? Logprobs = null, SequenceTimes? Times = null, PromptReport? OfPrompt = null)
{
    /// <inheritdoc cref="PromptReport.CachedTokens"/>
    public int? CachedTokens => OfPrompt?.CachedTokens;

    /// <inheritdoc cref="PromptReport.Logprobs"/>
    public IReadOnlyList<TokenLogprobs>? PromptLogprobs => OfPrompt?.Logprobs;
}
