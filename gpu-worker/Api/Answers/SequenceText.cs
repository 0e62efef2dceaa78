using Serverless.Contracts.OpenAI;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>
/// Turns a sequence's tokens into pieces of text, up to a stop string. Tokens that an interrupted answer had already are taken first and yield no piece: decoder and
/// matcher are then as they were, so that what follows is exactly what was missing. Not thread-safe.
/// </summary>
internal sealed class SequenceText
{
    private readonly IStreamingDecoder _decoder;
    private readonly StopStringMatcher _matcher;
    private readonly SequencePlan _plan;
    private readonly Action<SequencePiece> _emit;
    private readonly Func<int, bool> _printsText;
    private readonly int _eosId;
    private List<GeneratedToken> _pending = [];
    private IReadOnlyList<TokenLogprobs>? _prompt;
    private int? _cachedTokens;

    public SequenceText(SequencePlan plan, ITokenizer tokenizer, Action<SequencePiece> emit)
    {
        _plan = plan;
        _emit = emit;
        _eosId = tokenizer.EosId;
        _matcher = new StopStringMatcher(plan.Stops, plan.IncludesStop);
        _decoder = DecoderOf(plan, tokenizer);
        _printsText = id => tokenizer.BytesOf(id) is not null;
        Result = Take(plan.Request.PriorTokens);
    }

    /// <summary>How the sequence ended; null while it goes on.</summary>
    public SequenceResult? Result { get; private set; }

    private int Tokens { get; set; }

    /// <summary>Whether the latest token may complete a stop string: behind <c>min_tokens</c>, as EOS may only come there.</summary>
    private bool MayStop => Tokens > _plan.Request.MinTokens;

    /// <summary>A decoder at the beginning of the answer.</summary>
    public static IStreamingDecoder DecoderOf(SequencePlan plan, ITokenizer tokenizer)
    {
        var decoder = tokenizer.CreateStreamingDecoder();
        if (!plan.Continues) return decoder;

        // A decoder takes the first space of what it decodes for the one that the tokenizer puts before a text: a word before it keeps the real one.
        foreach (var id in tokenizer.Encode("a")) decoder.Append(id);
        return plan.Told.Length == 0 ? decoder : new UntoldSpaceDecoder(decoder, plan.Told);
    }

    /// <summary>Takes the next token and emits what it completes.</summary>
    public void Append(GeneratedToken token)
    {
        _prompt ??= token.PromptLogprobs;
        if (_plan.IsPromptAlone)
        {
            _cachedTokens ??= token.CachedTokens;
            End("length", "");
            return;
        }

        Tokens++;
        // A request that was replayed in another engine is told of again.
        _cachedTokens ??= token.CachedTokens;
        if (_plan.TellsTokens) _pending.Add(token);
        if (token.Finish != FinishReason.Stop)
        {
            var text = _matcher.Append(_decoder.Append(token.Id), MayStop);
            if (_matcher.StoppedBy is { } met)
            {
                End("stop", text, met);
                return;
            }

            if (token.Finish is null)
            {
                if (text.Length > 0) Emit(text);
                return;
            }

            End("length", text + Rest());
            return;
        }

        // A stop token may have a text; EOS has none.
        var stop = _plan.IncludesStop && _printsText(token.Id) ? _matcher.Append(_decoder.Append(token.Id)) : "";
        End("stop", stop + Rest(), IsStopToken(token.Id) ? token.Id : null);
    }

    /// <summary>Emits the end of a sequence that was complete when it was resumed.</summary>
    public void EmitEnd() => Emit("", Result);

    private SequenceResult? Take(int[] prior)
    {
        for (var i = 0; i < prior.Length; i++)
        {
            Tokens++;
            if (prior[i] == _eosId || IsStopToken(prior[i])) return new SequenceResult("stop", Tokens, StopReason: prior[i] == _eosId ? null : prior[i]);
            _matcher.Append(_decoder.Append(prior[i]), MayStop);
            if (_matcher.StoppedBy is { } met) return new SequenceResult("stop", Tokens, StopReason: met);
        }

        return prior.Length >= _plan.Request.MaxTokens ? new SequenceResult("length", Tokens) : null;
    }

    /// <summary>What had been held back, now that nothing follows. Bytes of a character that did not become whole are no text.</summary>
    private string Rest() => _matcher.Flush();

    private bool IsStopToken(int id) => id != _eosId && _plan.Request.StopTokens.Contains(id);

    private void End(string reason, string text, StopReason? by = null)
    {
        Result = new SequenceResult(reason, Tokens, _cachedTokens, by);
        Emit(text, Result);
    }

    private void Emit(string text, SequenceResult? result = null)
    {
        IReadOnlyList<GeneratedToken> tokens = _pending;
        if (_pending.Count > 0) _pending = [];
        _emit(new SequencePiece(_plan.Index, text, tokens, result, _prompt));
        _prompt = null;
    }
}
