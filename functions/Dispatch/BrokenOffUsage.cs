using System.Runtime.InteropServices;
using System.Text;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// What an answer costs that broke off, because the client left or the provider failed: most providers give the usage at the end only, so
/// prompt and text so far are counted, the prompt not where it was told at the beginning. A long text is estimated as it passes and not kept. Tokens that a chat template adds, and such as
/// were generated but never arrived, are not in it.
/// </summary>
internal sealed class BrokenOffUsage(Generation generation)
{
    private const int MaxKept = 64 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly StringBuilder _answer = new();
    private long _estimated;
    private Usage? _prompt;

    /// <summary>Characters so far.</summary>
    public long Chars { get; private set; }

    public void Append(AnswerEvent piece)
    {
        _prompt ??= piece.Prompt;
        if (piece is AnswerToolCall call) Append(call.Arguments);
        if (piece is not AnswerText text) return;
        Append(text.Text);
        if (text.Extra is not { } extra) return;
        var words = MessageExtra.Words(extra);
        Append(words);
        // What is no text is no tokens that can be counted, but takes room.
        Chars += JsonMarshal.GetRawUtf8Value(extra).Length - words.Length;
    }

    private void Append(string text)
    {
        Chars += text.Length;
        if (_answer.Length + text.Length <= MaxKept && _estimated == 0) _answer.Append(text);
        else _estimated += TokenEstimate.Of(text);
    }

    /// <summary>Whether a provider may charge for the prompt of a call that gave nothing: not when it refused, or was never reached.</summary>
    /// <param name="error">The call's error; null for success.</param>
    public static bool MayHaveCost(string? error) => error is null or "client_disconnected" or "hedge_lost" or "upstream_timeout" or "upstream_invalid_response";

    /// <param name="error">What ended the answer; null when it is complete and the provider did not tell its usage.</param>
    /// <returns>Null when the provider has not worked; an estimate where it cannot count in time.</returns>
    public async Task<Usage?> CountAsync(IProvider provider, Func<CancellationToken, Task<ProviderTarget>> target, TimeProvider time, string? error)
    {
        if (Chars == 0 && !MayHaveCost(error)) return null;
        var prompt = generation.Prompts?.Texts is { } list ? string.Join('\n', list) : generation.Prompt ?? string.Join('\n', generation.Messages!.Select(m => m.Content));
        var ids = generation.Prompts?.Tokens?.Sum(p => p.Count) ?? 0;
        string[] texts = _prompt is not null ? [_answer.ToString()] : Chars == 0 ? [prompt] : [prompt, _answer.ToString()];
        Usage Of(IEnumerable<int> counts) => _prompt is { } known
            ? Usage.Of(known.PromptTokens, Answer(counts.Sum()), known.PromptTokensDetails?.CachedTokens, known.PromptTokensDetails?.CacheCreationTokens)
            : new(counts.First() + ids, Answer(counts.Skip(1).Sum()));

        // The caller's token has been cancelled already.
        using var limit = new CancellationTokenSource(Limit, time);
        using var wait = RequestTiming.Upstream();
        try
        {
            var counts = await provider.CountTokensAsync(await target(limit.Token).ConfigureAwait(false), texts, limit.Token).ConfigureAwait(false);
            return Of(counts);
        }
        catch (Exception exception) when (exception is UpstreamException or GatewayException or OperationCanceledException or Azure.RequestFailedException)
        {
            return Of(texts.Select(TokenEstimate.Of));
        }
    }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Chars} chars]";

    private int Answer(int counted) => (int)Math.Min(int.MaxValue / 2, counted + _estimated);
}
