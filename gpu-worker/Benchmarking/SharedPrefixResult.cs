namespace Serverless.GpuWorker.Benchmarking;

/// <summary>Requests with a common beginning, with and without sharing its cache.</summary>
/// <param name="CommonTokens">Tokens that all prompts begin with.</param>
/// <param name="OwnTokens">Tokens of each prompt after them.</param>
/// <param name="AnswerTokens">Tokens of each answer.</param>
/// <param name="SharedSeconds">From the first request to the last token, blocks shared.</param>
/// <param name="UnsharedSeconds">The same, every prompt computed.</param>
internal sealed record SharedPrefixResult(int Requests, int CommonTokens, int OwnTokens, int AnswerTokens, double SharedSeconds, double UnsharedSeconds);
