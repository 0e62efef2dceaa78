using System.Text;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// What an answer costs that broke off, because the client left or the provider failed: providers give the usage at the end only, so
/// prompt and text so far are counted. A long text is estimated as it passes and not kept. Tokens that a chat template adds, and such as
/// were generated but never arrived, are not in it.
/// </summary>
internal sealed class BrokenOffUsage(Generation generation)
{
    private const int MaxKept = 64 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly StringBuilder _answer = new();
    private long _estimated;

    /// <summary>Characters so far.</summary>
    public long Chars { get; private set; }

    public void Append(string text)
    {
        Chars += text.Length;
        if (_answer.Length + text.Length <= MaxKept && _estimated == 0) _answer.Append(text);
        else _estimated += TokenEstimate.Of(text);
    }

    /// <returns>Null before the first text; an estimate where the provider cannot count in time.</returns>
    public async Task<Usage?> CountAsync(IProvider provider, Func<CancellationToken, Task<ProviderTarget>> target, TimeProvider time)
    {
        if (Chars == 0) return null;
        var prompt = generation.Prompts?.Texts is { } list ? string.Join('\n', list) : generation.Prompt ?? string.Join('\n', generation.Messages!.Select(m => m.Content));
        var ids = generation.Prompts?.Tokens?.Sum(p => p.Count) ?? 0;
        string[] texts = [prompt, _answer.ToString()];

        // The caller's token has been cancelled already.
        using var limit = new CancellationTokenSource(Limit, time);
        using var wait = RequestTiming.Upstream();
        try
        {
            var counts = await provider.CountTokensAsync(await target(limit.Token).ConfigureAwait(false), texts, limit.Token).ConfigureAwait(false);
            return Usage(counts[0] + ids, counts[1]);
        }
        catch (Exception exception) when (exception is UpstreamException or GatewayException or OperationCanceledException or Azure.RequestFailedException)
        {
            return Usage(TokenEstimate.Of(texts[0]) + ids, TokenEstimate.Of(texts[1]));
        }
    }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Chars} chars]";

    private Usage Usage(int prompt, int answer) => new(prompt, (int)Math.Min(int.MaxValue / 2, answer + _estimated));
}
