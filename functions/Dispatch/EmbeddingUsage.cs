using Serverless.Contracts.OpenAI;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>What embeddings cost, where the provider does not say: the texts' tokens, counted.</summary>
internal static class EmbeddingUsage
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <param name="error">The code of the call's error; null for success.</param>
    /// <returns>The usage, and whether it was counted here; null when the provider has not worked.</returns>
    public static async Task<(Usage? Usage, bool Counted)> OfAsync(
        EmbeddingBatch? batch, string? error, IReadOnlyList<string> texts, Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyList<int>>> count, TimeProvider time)
    {
        if (batch?.PromptTokens is { } told) return (new Usage(told, 0), false);
        if (!BrokenOffUsage.MayHaveCost(error)) return (null, false);
        using var limit = new CancellationTokenSource(Limit, time);
        try
        {
            return (new Usage((await count(texts, limit.Token).ConfigureAwait(false)).Sum(), 0), true);
        }
        catch (Exception exception) when (exception is UpstreamException or GatewayException or OperationCanceledException or Azure.RequestFailedException)
        {
            return (new Usage(texts.Sum(TokenEstimate.Of), 0), true);
        }
    }
}
