using Serverless.GpuWorker.Constraints.Nodes;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Constraints;

/// <summary>
/// The bytes of a vocabulary's tokens as a tree in preorder, so that all that a state permits is found in one pass in which a byte that it does not take
/// leaves out everything below (as in Microsoft's toktrie, of llguidance). Immutable.
/// </summary>
internal sealed class TokenTrie
{
    private readonly byte[] _labels;
    private readonly int[] _depths;
    private readonly int[] _ends;
    private readonly int[] _firstTokens;
    private readonly int[] _nextTokens;
    private readonly byte[]?[] _bytes;

    private TokenTrie(byte[]?[] bytes, Func<int, bool> dropsSpace)
    {
        _bytes = bytes;
        KeptSpaces = [.. Enumerable.Range(0, bytes.Length).Where(id => bytes[id] is [(byte)' ', ..] && !dropsSpace(id))];
        int[] order = [.. Enumerable.Range(0, bytes.Length).Where(id => bytes[id] is { Length: > 0 })];
        Array.Sort(order, (a, b) => bytes[a].AsSpan().SequenceCompareTo(bytes[b]) is var sign && sign != 0 ? sign : a.CompareTo(b));
        var labels = new List<byte>();
        var depths = new List<int>();
        var firsts = new List<int>();
        _nextTokens = new int[bytes.Length];
        ReadOnlySpan<byte> before = [];
        foreach (int id in order)
        {
            var text = bytes[id].AsSpan();
            int common = text.CommonPrefixLength(before);
            for (int depth = common; depth < text.Length; depth++)
            {
                labels.Add(text[depth]);
                depths.Add(depth + 1);
                firsts.Add(-1);
            }
            // Sorted, a token's own node is the last one made, also where another has the same bytes.
            _nextTokens[id] = firsts[^1];
            firsts[^1] = id;
            MaxBytes = Math.Max(MaxBytes, text.Length);
            before = text;
        }
        (_labels, _depths, _firstTokens) = ([.. labels], [.. depths], [.. firsts]);
        _ends = Ends(_depths);
    }

    public int VocabularySize => _bytes.Length;

    /// <summary>Of the longest token.</summary>
    public int MaxBytes { get; }

    /// <summary>The tokens that begin with a space and keep it at a text's beginning.</summary>
    public IReadOnlyList<int> KeptSpaces { get; }

    /// <summary>Whether every byte is a token of its own, without which a constraint could find no token for what must come.</summary>
    public bool HasEveryByte => Enumerable.Range(0, 256).All(value => _bytes.Any(bytes => bytes is [var single] && single == value));

    /// <summary>The bytes that a token prints as; empty where it prints nothing.</summary>
    public ReadOnlySpan<byte> BytesOf(int token) => (uint)token < (uint)_bytes.Length ? _bytes[token] : [];

    /// <param name="ends">Tokens that end an answer whatever they print as: some checkpoints name pieces with a text, which would stand within a string otherwise, and end it there.</param>
    public static TokenTrie Of(ITokenizer tokenizer, IReadOnlyCollection<int>? ends = null)
    {
        var bytes = new byte[]?[tokenizer.VocabularySize];
        for (int id = 0; id < bytes.Length; id++)
            bytes[id] = ends?.Contains(id) == true ? null : tokenizer.BytesOf(id);

        return new TokenTrie(bytes, tokenizer.DropsSpaceOf);
    }

    /// <summary>Sets the bits of all tokens that the state takes, and says whether there are any.</summary>
    public bool Mark(ConstraintState state, Span<ulong> allowed) => Mark(default(SchemaSteps), new SchemaSteps.At(state), new SchemaSteps.At[MaxBytes + 1], allowed);

    /// <summary>The same for any automaton. Allocates nothing.</summary>
    /// <param name="path">Scratch, one more than <see cref="MaxBytes"/>.</param>
    public bool Mark<TAutomaton, TState>(TAutomaton automaton, TState state, Span<TState> path, Span<ulong> allowed)
        where TAutomaton : IByteAutomaton<TState>
        where TState : struct
    {
        path[0] = state;
        bool any = false;
        for (int node = 0; node < _labels.Length;)
        {
            int depth = _depths[node];
            var next = automaton.Next(path[depth - 1], _labels[node]);
            if (automaton.IsDead(next))
            {
                node = _ends[node];
                continue;
            }
            path[depth] = next;
            for (int token = _firstTokens[node]; token >= 0; token = _nextTokens[token])
            {
                allowed[token / 64] |= 1UL << (token % 64);
                any = true;
            }
            node++;
        }
        return any;
    }

    /// <summary>For each node the one after all that are below it.</summary>
    private static int[] Ends(int[] depths)
    {
        int[] ends = new int[depths.Length];
        var open = new Stack<int>();
        for (int node = 0; node < depths.Length; node++)
        {
            while (open.Count > 0 && depths[open.Peek()] >= depths[node])
                ends[open.Pop()] = node;

            open.Push(node);
        }
        while (open.Count > 0)
            ends[open.Pop()] = depths.Length;

        return ends;
    }
}
