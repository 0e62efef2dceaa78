using Serverless.Contracts.OpenAI;
using Serverless.GpuWorker.Api.Requests;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>What a response tells of tokens, in OpenAI's and vLLM's shapes; null for what was not asked for.</summary>
/// <param name="top">How many of the likeliest tokens are told with each; null tells nothing of likelihoods.</param>
/// <param name="promptTop">The same of a prompt's, in vLLM's shape.</param>
internal sealed class TokenReport(ITokenizer tokenizer, bool tellsIds, int? top, int? promptTop = null)
{
    public static TokenReport Of(LlmModel model, GenerationSettings settings) => new(model.Tokenizer, settings.ReturnsTokenIds, settings.Sampling.Logprobs, settings.PromptLogprobs);

    public IReadOnlyList<int>? Ids(IReadOnlyList<GeneratedToken> tokens) => tellsIds ? [.. tokens.Select(token => token.Id)] : null;

    /// <summary>A prompt's, in a whole response: who takes streams up again has no use for them, and they are as long as the prompt.</summary>
    public IReadOnlyList<int>? PromptIds(IReadOnlyList<int> ids) => tellsIds ? ids : null;

    public ChatLogprobs? Chat(IReadOnlyList<GeneratedToken> tokens) =>
        tokens.Count == 0 || tokens[0].Logprobs is null ? null : new ChatLogprobs([.. tokens.Where(token => token.Logprobs is not null).Select(Chat)]);

    /// <param name="offsets">Of the sequence, asked for each of its tokens once.</param>
    public CompletionLogprobs? Completion(IReadOnlyList<GeneratedToken> tokens, TextOffsets offsets)
    {
        if (tokens.Count == 0 || tokens[0].Logprobs is null) return null;
        return Lists([.. tokens.Select(token => offsets.Next(token.Id))], [.. tokens.Select(token => (token.Id, token.Logprobs))]);
    }

    /// <summary>A prompt that is echoed, in pieces, the last of which is followed by a choice, or by the first piece of one.</summary>
    /// <param name="told">Of the prompt's tokens from the second on.</param>
    /// <param name="most">Likelihoods of a piece, or characters where none are told.</param>
    public IEnumerable<CompletionChoice> Echo(EchoedPrompt prompt, IReadOnlyList<TokenLogprobs>? told, CompletionChoice choice, int most)
    {
        var pieces = top is not { } count || told is null
            ? prompt.Cut(most).Select(text => (Text: text, Logprobs: (CompletionLogprobs?)null))
            : prompt.Cut(Math.Max(1, most / (count + 1)), tokenizer).Select(piece => (piece.Text, Logprobs: (CompletionLogprobs?)Of(piece.First, piece.Offsets)));
        (string Text, CompletionLogprobs? Logprobs)? last = null;
        foreach (var piece in pieces)
        {
            if (last is { } before) yield return new CompletionChoice(choice.Index, before.Text, null, before.Logprobs);
            last = piece;
        }

        var (text, logprobs) = last ?? ("", null);
        yield return choice with { Text = text + choice.Text, Logprobs = choice.Logprobs is { } own ? logprobs?.Then(own) ?? own : logprobs };

        CompletionLogprobs Of(int first, int[] offsets) => Lists(offsets, [.. Enumerable.Range(first, offsets.Length).Select(i => (prompt.Ids[i], i == 0 ? null : told[i - 1]))]);
    }

    /// <summary>vLLM's <c>prompt_logprobs</c>.</summary>
    /// <param name="told">Of the prompt's tokens from the second on.</param>
    public IReadOnlyList<IReadOnlyDictionary<int, PromptTokenLogprob>?>? Prompt(IReadOnlyList<int> ids, IReadOnlyList<TokenLogprobs>? told) =>
        promptTop is null || told is null ? null : [.. ids.Select((id, i) => i == 0 ? null : Prompt(id, told[i - 1]))];

    private CompletionLogprobs Lists(int[] offsets, IReadOnlyList<(int Id, TokenLogprobs? Logprobs)> tokens) => new(
        offsets,
        [.. tokens.Select(token => token.Logprobs is { } logprobs ? Finite(logprobs.Chosen) : (double?)null)],
        [.. tokens.Select(token => TokenNames.Of(token.Id, tokenizer))],
        top > 0 ? [.. tokens.Select(token => token.Logprobs is { } logprobs ? Top(token.Id, logprobs) : null)] : null);

    /// <summary>The token itself first, as vLLM has it.</summary>
    private Dictionary<int, PromptTokenLogprob> Prompt(int id, TokenLogprobs logprobs)
    {
        var byId = new Dictionary<int, PromptTokenLogprob> { [id] = new(Finite(logprobs.Chosen), logprobs.Rank, TokenNames.Of(id, tokenizer)) };
        for (var i = 0; i < Math.Min(promptTop ?? 0, logprobs.Top.Count); i++)
        {
            var (other, logprob) = logprobs.Top[i];
            byId.TryAdd(other, new PromptTokenLogprob(Finite(logprob), i + 1, TokenNames.Of(other, tokenizer)));
        }

        return byId;
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

    /// <summary>The likeliest, and the token itself where it is none of them: one more than were asked for, as OpenAI's API has it.</summary>
    private Dictionary<string, double> Top(int id, TokenLogprobs logprobs)
    {
        var byName = new Dictionary<string, double>(StringComparer.Ordinal);
        // Two tokens of one text (a piece and a byte) are one name: the likelier one counts.
        foreach (var one in logprobs.Top.Take(top ?? 0)) byName.TryAdd(TokenNames.Of(one.Id, tokenizer), Finite(one.Logprob));
        byName.TryAdd(TokenNames.Of(id, tokenizer), Finite(logprobs.Chosen));
        return byName;
    }

    private static double Finite(float logprob) => Math.Max(logprob, TokenNames.LowestLogprob);

    private static int[]? Numbers(byte[]? bytes) => bytes is null ? null : [.. bytes.Select(value => (int)value)];
}
