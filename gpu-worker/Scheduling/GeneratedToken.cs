namespace Serverless.GpuWorker.Scheduling;

/// <summary>One token of a sequence, in order. The last one carries the finish reason; an EOS or stop token is reported with its id.</summary>
/// <param name="Logprobs">Where the request asked for them.</param>
/// <param name="Times">On the last token, where the request asked for them.</param>
/// <param name="CachedTokens">On the first token, where the request asked for it: how many of the prompt's tokens were in the cache when it was taken in.</param>
public readonly record struct GeneratedToken(int Id, FinishReason? Finish, TokenLogprobs? Logprobs = null, SequenceTimes? Times = null, int? CachedTokens = null);
