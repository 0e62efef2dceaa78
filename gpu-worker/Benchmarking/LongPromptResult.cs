namespace Serverless.GpuWorker.Benchmarking;

/// <summary>What short prompts got beside one client's long ones. Times are seconds.</summary>
/// <param name="LongRequests">Long prompts, one after the other.</param>
/// <param name="ShortRequests">Short prompts, three at once.</param>
/// <param name="TokensPerSecond">Of prompts and answers together.</param>
/// <param name="LongFirstToken">From asking to the first token of the long ones.</param>
/// <param name="ShortFirstToken">The same of the short ones.</param>
/// <param name="ShortBetweenTokens">From a token to the next of a short one's answer.</param>
internal sealed record LongPromptResult(
    int LongRequests, int ShortRequests, double TokensPerSecond, Percentiles LongFirstToken, Percentiles ShortFirstToken, Percentiles ShortBetweenTokens);
