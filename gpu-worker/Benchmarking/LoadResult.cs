namespace Serverless.GpuWorker.Benchmarking;

/// <summary>What <paramref name="InFlight"/> requests at once got. Times are seconds.</summary>
/// <param name="PromptTokensBesideDecodes">Most prompt tokens of a step in which others decoded.</param>
/// <param name="Requests">Requests in all.</param>
/// <param name="PromptTokens">Tokens of all prompts.</param>
/// <param name="GeneratedTokens">Tokens of all answers.</param>
/// <param name="Seconds">From the first request to the last token.</param>
/// <param name="FirstToken">From asking to the first token.</param>
/// <param name="BetweenTokens">From a token to the next of its request.</param>
/// <param name="Fairness">Jain's index of the clients' service while all had requests waiting, 1 / clients to 1; null where they never did.</param>
internal sealed record LoadResult(
    int InFlight, int PromptTokensBesideDecodes, int Requests, int PromptTokens, int GeneratedTokens, double Seconds, Percentiles FirstToken, Percentiles BetweenTokens, double? Fairness);
