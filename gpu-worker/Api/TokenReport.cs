using Serverless.Contracts.OpenAI;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api;

/// <summary>What a response tells of tokens, in OpenAI's and vLLM's shapes; null for what was not asked for.</summary>
internal sealed class TokenReport(ITokenizer tokenizer, bool tellsIds, bool tellsTop)
{
    public static TokenReport Of(LlmModel model, GenerationSettings settings) => new(model.Tokenizer, settings.ReturnsTokenIds, settings.Sampling.Logprobs > 0);

    public IReadOnlyList<int>? Ids(IReadOnlyList<GeneratedToken> tokens) => tellsIds ? [.. tokens.Select(token => token.Id)] : null;

    public ChatLogprobs? Chat(IReadOnlyList<GeneratedToken> tokens) =>
        tokens.Count == 0 || tokens[0].Logprobs is null ? null : new ChatLogprobs([.. tokens.Where(token => token.Logprobs is not null).Select(Chat)]);

    /// <param name="offsets">Of the sequence, asked for each of its tokens once.</param>
    public CompletionLogprobs? Completion(IReadOnlyList<GeneratedToken> tokens, TextOffsets offsets)
    {
        if (tokens.Count == 0 || tokens[0].Logprobs is null) return null;
        return new CompletionLogprobs(
            [.. tokens.Select(token => offsets.Next(token.Id))],
            [.. tokens.Select(token => Finite(token.Logprobs?.Chosen ?? 0))],
            [.. tokens.Select(token => TokenNames.Of(token.Id, tokenizer))],
            tellsTop ? [.. tokens.Select(token => Top(token.Logprobs))] : null);
    }

    private ChatTokenLogprob Chat(GeneratedToken token)
    {
        var bytes = tokenizer.BytesOf(token.Id);
        var top = token.Logprobs!.Top.Select(one => (one, Bytes: tokenizer.BytesOf(one.Id)));
        return new ChatTokenLogprob(
            TokenNames.Of(token.Id, bytes),
            Finite(token.Logprobs.Chosen),
            Numbers(bytes),
            [.. top.Select(entry => new ChatTopLogprob(TokenNames.Of(entry.one.Id, entry.Bytes), Finite(entry.one.Logprob), Numbers(entry.Bytes)))]);
    }

    private Dictionary<string, double> Top(TokenLogprobs? logprobs)
    {
        var byName = new Dictionary<string, double>(StringComparer.Ordinal);
        // Two tokens of one text (a piece and a byte) are one name: the likelier one counts.
        foreach (var one in logprobs?.Top ?? []) byName.TryAdd(TokenNames.Of(one.Id, tokenizer), Finite(one.Logprob));
        return byName;
    }

    private static double Finite(float logprob) => Math.Max(logprob, TokenNames.LowestLogprob);

    private static int[]? Numbers(byte[]? bytes) => bytes is null ? null : [.. bytes.Select(value => (int)value)];
}
