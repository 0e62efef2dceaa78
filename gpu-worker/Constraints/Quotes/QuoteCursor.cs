namespace Serverless.GpuWorker.Constraints.Quotes;

/// <summary>
/// Where one answer stands in its quotes, and what may come next. Allocates nothing once it is made: two masks of a bit a token and a path. Not thread-safe.
/// </summary>
internal sealed class QuoteCursor
{
    private readonly QuoteAutomaton _automaton;
    private readonly TokenTrie _trie;
    private readonly QuoteState[] _path;
    private readonly ulong[] _within;
    private readonly TokenMask _outsideMask, _withinMask;
    private QuoteState _state = QuoteState.Start;
    private int _taken;

    public QuoteCursor(QuoteAutomaton automaton, TokenTrie trie, IReadOnlyList<int> eosTokens)
    {
        (_automaton, _trie) = (automaton, trie);
        _path = new QuoteState[trie.MaxBytes + 1];
        _within = new ulong[(trie.VocabularySize + 63) / 64];
        var outside = new ulong[_within.Length];
        QuoteVocabulary.Of(trie).MarkOutside(automaton, outside);
        foreach (int token in eosTokens)
            outside[token / 64] |= 1UL << (token % 64);

        (_outsideMask, _withinMask) = (new TokenMask(outside, mustEnd: false), new TokenMask(_within, mustEnd: false));
    }

    /// <summary>What may come after the answer so far, which only grows from one call to the next, valid until that; null where it has left what is permitted.</summary>
    public TokenMask? MaskAfter(ReadOnlySpan<int> answer)
    {
        for (; _taken < answer.Length; _taken++)
        {
            var bytes = _trie.BytesOf(answer[_taken]);
            _state = bytes.IsEmpty ? QuoteState.Dead : _automaton.Next(_state, bytes);
        }
        if (_state.IsDead)
            return null;

        // By far the most frequent one, and always the same.
        if (_state.CanEnd)
            return _outsideMask;

        Array.Clear(_within);
        _trie.Mark(_automaton, _state, _path, _within);
        return _withinMask;
    }
}
