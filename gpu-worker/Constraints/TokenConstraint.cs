using Serverless.GpuWorker.Constraints.Nodes;
using Serverless.GpuWorker.Constraints.Texts;

namespace Serverless.GpuWorker.Constraints;

/// <summary>What an answer is to be over a vocabulary's tokens. Masks are found once a state, and kept until there are too many.</summary>
internal sealed class TokenConstraint(SchemaAutomaton automaton, TokenTrie trie, IReadOnlyList<int> eosTokens)
{
    // Of vocabulary / 8 bytes each: 4 KB for Llama 2.
    private const int MaxMasks = 1024;

    private readonly Queue<ConstraintState> _masked = new();

    public ConstraintState Start => automaton.Start;

    /// <summary>The state after one more token; dead where the token cannot stand there.</summary>
    public ConstraintState Next(ConstraintState state, int token)
    {
        var bytes = trie.BytesOf(token);
        return bytes.IsEmpty ? ConstraintState.Dead : state.Next(bytes);
    }

    public TokenMask MaskOf(ConstraintState state)
    {
        state = automaton.Alike(state, trie.MaxBytes);
        if (state.Mask is { } known)
            return known;

        if (_masked.Count == MaxMasks)
            _masked.Dequeue().Mask = null;

        _masked.Enqueue(state);
        return state.Mask = Make(state);
    }

    private TokenMask Make(ConstraintState state)
    {
        var allowed = new ulong[(trie.VocabularySize + 63) / 64];
        bool goesOn = trie.Mark(state, allowed);
        // A space of these would be the text's own.
        if (state.Places is [{ Node: UntoldNode { IsTokenizers: true } }])
            foreach (int token in trie.KeptSpaces)
                allowed[token / 64] &= ~(1UL << (token % 64));

        if (state.CanEnd)
            foreach (int token in eosTokens)
                allowed[token / 64] |= 1UL << (token % 64);

        return new TokenMask(allowed, !goesOn);
    }
}
