using System.Runtime.CompilerServices;

namespace Serverless.GpuWorker.Constraints.Quotes;

/// <summary>
/// What a vocabulary's tokens are outside quotes, whatever the sources are: those without a quotation mark may stand between characters, those with one have to be looked at. Immutable.
/// </summary>
internal sealed class QuoteVocabulary
{
    // The samplers of an engine have one vocabulary.
    private static readonly ConditionalWeakTable<TokenTrie, QuoteVocabulary> Known = [];

    private readonly ulong[] _plain;
    private readonly int[] _marked;

    private QuoteVocabulary(TokenTrie trie)
    {
        Trie = trie;
        _plain = new ulong[(trie.VocabularySize + 63) / 64];
        var automaton = QuoteAutomaton.Of(new QuoteRule([]));
        var marked = new List<int>();
        for (int token = 0; token < trie.VocabularySize; token++)
        {
            var bytes = trie.BytesOf(token);
            if (bytes.IsEmpty)
                continue;

            if (!automaton.Next(QuoteState.Start, bytes).IsDead)
                _plain[token / 64] |= 1UL << (token % 64);
            else if (IsWellFormed(bytes))
                marked.Add(token);
        }
        _marked = [.. marked];
    }

    public TokenTrie Trie { get; }

    public static QuoteVocabulary Of(TokenTrie trie) => Known.GetValue(trie, static trie => new QuoteVocabulary(trie));

    /// <summary>Sets the bits of all tokens that may stand outside quotes, between characters.</summary>
    public void MarkOutside(QuoteAutomaton automaton, Span<ulong> allowed)
    {
        _plain.CopyTo(allowed);
        foreach (int token in _marked)
            if (!automaton.Next(QuoteState.Start, Trie.BytesOf(token)).IsDead)
                allowed[token / 64] |= 1UL << (token % 64);
    }

    private static bool IsWellFormed(ReadOnlySpan<byte> bytes)
    {
        int state = Utf8Steps.Whole;
        foreach (byte value in bytes)
            if ((state = Utf8Steps.Next(state, value)) == Utf8Steps.Broken)
                return false;

        return true;
    }
}
