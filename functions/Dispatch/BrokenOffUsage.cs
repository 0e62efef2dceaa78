using System.Text;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// What an answer costs that broke off, because the client left or the provider failed: providers give the usage at the end only, so
/// prompt and text so far are counted. Tokens that a chat template adds, and such as were generated but never arrived, are not in it.
/// </summary>
internal sealed class BrokenOffUsage(Generation generation)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly StringBuilder _answer = new();

    public void Append(string text) => _answer.Append(text);

    /// <returns>Null before the first text; an estimate where the provider cannot count in time.</returns>
    public async Task<Usage?> CountAsync(IProvider provider, Func<CancellationToken, Task<ProviderTarget>> target, TimeProvider time)
    {
        if (_answer.Length == 0) return null;
        string[] texts = [generation.Prompt ?? string.Join('\n', generation.Messages!.Select(m => m.Content)), _answer.ToString()];

        // The caller's token has been cancelled already.
        using var limit = new CancellationTokenSource(Limit, time);
        using var wait = RequestTiming.Upstream();
        try
        {
            var counts = await provider.CountTokensAsync(await target(limit.Token).ConfigureAwait(false), texts, limit.Token).ConfigureAwait(false);
            return new Usage(counts[0], counts[1]);
        }
        catch (Exception exception) when (exception is UpstreamException or GatewayException or OperationCanceledException or Azure.RequestFailedException)
        {
            return new Usage(TokenEstimate.Of(texts[0]), TokenEstimate.Of(texts[1]));
        }
    }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{_answer.Length} chars]";
}
