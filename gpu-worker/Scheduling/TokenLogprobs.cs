namespace Serverless.GpuWorker.Scheduling;

/// <summary>How likely a chosen token was, as natural logarithms of the model's own distribution: before penalties, temperature and the cuts of sampling.</summary>
/// <param name="Chosen">Of the chosen token; 0 or less.</param>
/// <param name="Rank">Of the chosen token among all: 1 for the likeliest, of equals that with the lower id first.</param>
/// <param name="Top">The likeliest tokens, likeliest first, of equals the lower id; as many as were asked for.</param>
public sealed record TokenLogprobs(float Chosen, int Rank, IReadOnlyList<TokenLogprob> Top);
