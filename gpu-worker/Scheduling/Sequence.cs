using System.Runtime.InteropServices;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Quotes;
using Serverless.GpuWorker.KvCache;
using Serverless.GpuWorker.Speculation;

namespace Serverless.GpuWorker.Scheduling;

/// <summary>A request on its way through the engine. The scheduler alone changes it.</summary>
public sealed class Sequence
{
    /// <summary>Prompt and answer so far, then what is drafted.</summary>
    private readonly List<int> _tokens;
    private readonly List<BlockHash> _hashes = [];

    /// <summary>Of the prompt's tokens from the second on, as far as they are known; null where nobody asks.</summary>
    private List<TokenLogprobs>? _promptLogprobs;

    public Sequence(long id, GenerationRequest request, BlockHash root)
    {
        Id = id;
        Request = request;
        Root = root;
        _tokens = new List<int>(request.PromptTokens.Length + Math.Max(request.PriorTokens.Length, Math.Min(request.MaxTokens, 256)));
        _tokens.AddRange(request.PromptTokens);
        _tokens.AddRange(request.PriorTokens);
        Given = _tokens.Count;
        _promptLogprobs = request.PromptLogprobs is null ? null : new List<TokenLogprobs>(request.PromptTokens.Length - 1);
    }

    /// <summary>Grows with arrival.</summary>
    public long Id { get; }

    public GenerationRequest Request { get; }

    /// <summary>The request's <see cref="Sampling.SamplingParameters.Form"/>, read before the sequence enters the queue; null for any text.</summary>
    internal ReadForm? Form { get; init; }

    /// <summary>The request's <see cref="Sampling.SamplingParameters.Quotes"/>, its sources read before the sequence enters the queue; null for any text.</summary>
    internal QuoteAutomaton? Quotes { get; init; }

    public SequencePhase Phase { get; internal set; } = SequencePhase.Waiting;

    /// <summary>Tokens of prompt and answer so far.</summary>
    public int Length => _tokens.Count - Drafts;

    /// <summary>Tokens that it came with: the prompt and what there was of the answer already.</summary>
    public int Given { get; }

    /// <summary>Tokens of the answer so far, those it came with included.</summary>
    public int Generated => Length - Request.PromptTokens.Length;

    /// <summary>Tokens after the last one that the latest plan computes on trial: what the next ones may be.</summary>
    public int Drafts { get; private set; }

    /// <summary>Tokens whose keys and values are in the cache; what is missing to <see cref="Length"/> has yet to run.</summary>
    public int Computed { get; internal set; }

    /// <summary>Tokens of the prompt that were in the cache when the sequence first got blocks; null before that.</summary>
    public int? CachedTokens { get; internal set; }

    /// <summary>Tokens from its first whose keys and values may come from another sequence's blocks: before a prompt's likelihoods are known its tokens have to run.</summary>
    public int Shareable => _promptLogprobs is { } known && known.Count < Request.PromptTokens.Length - 1 ? known.Count : int.MaxValue;

    /// <summary>The cache blocks, in order.</summary>
    public IReadOnlyList<int> Blocks => Table;

    /// <summary>How often it gave its blocks up to others.</summary>
    public int Preemptions { get; internal set; }

    internal List<int> Table { get; } = [];

    /// <summary>Tokens that the latest plan computes.</summary>
    internal int Planned { get; set; }

    /// <summary>Full blocks that others can find.</summary>
    internal int Registered { get; set; }

    /// <summary>What its client's hashes begin with.</summary>
    internal BlockHash Root { get; }

    /// <summary>Predicts its tokens; null where none are drafted.</summary>
    internal PromptLookup? Lookup { get; private set; }

    internal HeapEntry<Sequence>? DeadlineEntry { get; set; }

    /// <summary>Whether the client has been charged for the prompt.</summary>
    internal bool IsCharged { get; set; }

    public ReadOnlySpan<int> Tokens => TokensAndDrafts(0);

    /// <summary>Where the rows of the prompt's logits end in a part that ends with <paramref name="end"/>: behind the prompt's last token comes the answer.</summary>
    public int PromptRowsEnd(int end) => Math.Min(end, Request.PromptTokens.Length - 1);

    /// <summary>How many of the tokens from <paramref name="start"/> to <paramref name="end"/> are to yield the likelihood of the prompt's token behind them; those that have done so before do not again.</summary>
    public int PromptRowsIn(int start, int end) => _promptLogprobs is { } known ? Math.Max(0, PromptRowsEnd(end) - Math.Max(start, known.Count)) : 0;

    public ReadOnlySpan<int> GeneratedTokens => Tokens[Request.PromptTokens.Length..];

    /// <summary>Its tokens and the first <paramref name="drafts"/> of what is drafted after them.</summary>
    internal ReadOnlySpan<int> TokensAndDrafts(int drafts) => CollectionsMarshal.AsSpan(_tokens)[..(Length + drafts)];

    /// <summary>The identity of a block of its tokens, which it must have in full. Computed once, however often it is looked for.</summary>
    internal BlockHash HashOf(int block, int blockSize)
    {
        while (_hashes.Count <= block)
            _hashes.Add((_hashes.Count > 0 ? _hashes[^1] : Root).Next(Tokens.Slice(_hashes.Count * blockSize, blockSize)));

        return _hashes[block];
    }

    /// <summary>Computes the identities of all full blocks that it came with.</summary>
    internal void HashGiven(int blockSize)
    {
        if (Given >= blockSize)
            HashOf((Given / blockSize) - 1, blockSize);
    }

    /// <summary>Where it will be when the latest plan has run; computed in full if it then ends with its longest answer.</summary>
    internal (int Computed, int Length) AfterPlan()
    {
        int computed = Computed + Planned;
        bool goesOn = computed == Length && Generated + 1 < Request.MaxTokens;
        return (computed, Length + (goesOn ? 1 : 0));
    }

    /// <summary>How likely the prompt's next token was. They come in order.</summary>
    internal void LearnPrompt(TokenLogprobs logprobs) => _promptLogprobs!.Add(logprobs);

    /// <summary>All that was learnt of the prompt, which nobody needs twice; null where nobody asked.</summary>
    internal IReadOnlyList<TokenLogprobs>? TakePromptLogprobs()
    {
        var taken = _promptLogprobs;
        _promptLogprobs = null;
        return taken;
    }

    /// <summary>From now on its tokens are predicted. Takes time in proportion to those it came with.</summary>
    /// <param name="rates">Of all sequences together.</param>
    internal void Predict(AcceptanceRates rates)
    {
        Lookup = new PromptLookup(rates);
        Lookup.Begin(Tokens);
    }

    /// <summary>Drafts its next tokens, as they are predicted.</summary>
    internal void Draft(int count)
    {
        if (Drafts > 0 || Lookup is not { Matched: > 0 } lookup)
            throw new InvalidOperationException("The sequence drafts already, or nothing is predicted.");

        lookup.Draft();
        for (; Drafts < count; Drafts++)
            _tokens.Add(lookup.Predicted(Tokens, Drafts));
    }

    internal void DropDrafts()
    {
        int length = Length;
        CollectionsMarshal.SetCount(_tokens, length);
        Drafts = 0;
    }

    /// <summary>Appends a token; true when it is the one that was drafted, and others may follow it. One that was not takes the drafts' place.</summary>
    internal bool Append(int token)
    {
        bool isDrafted = Drafts > 0 && _tokens[Length] == token;
        if (isDrafted)
        {
            Drafts--;
        }
        else
        {
            DropDrafts();
            _tokens.Add(token);
        }
        Lookup?.Append(Tokens);
        return isDrafted;
    }

    public override string ToString() => $"sequence {Id} [{Length} tokens, {Computed} computed, {Phase}]";
}
