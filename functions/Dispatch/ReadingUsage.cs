using Serverless.Contracts.OpenAI;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>What reading texts costs, where the provider does not say: their tokens, counted.</summary>
internal static class ReadingUsage
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <param name="told">The tokens that the provider has named; null for none.</param>
    /// <param name="ids">Tokens that were given as such, beside the texts.</param>
    /// <param name="error">The code of the call's error; null for success.</param>
    /// <returns>The usage, and whether it was counted here; null when the provider has not worked.</returns>
    public static async Task<(Usage? Usage, bool Counted)> OfAsync(
        int? told, string? error, IReadOnlyList<string> texts, int ids, Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyList<int>>> count, TimeProvider time)
    {
        if (told is { } tokens) return (new Usage(tokens, 0), false);
        if (!BrokenOffUsage.MayHaveCost(error)) return (null, false);
        using var limit = new CancellationTokenSource(Limit, time);
        try
        {
            return (new Usage((await count(texts, limit.Token).ConfigureAwait(false)).Sum() + ids, 0), true);
        }
        catch (Exception exception) when (exception is UpstreamException or GatewayException or OperationCanceledException or Azure.RequestFailedException)
        {
            return (new Usage(texts.Sum(TokenEstimate.Of) + ids, 0), true);
        }
    }
}
