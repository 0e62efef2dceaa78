using System.Numerics;

namespace Serverless.GpuWorker.Speculation;

/// <summary>
/// Where the runs of <paramref name="length"/> tokens of one sequence end: a hash chain, to which a token adds one entry. Constant amortised time and eight bytes a token,
/// rounded up to a power of two; no more than the sequence's own tokens, whatever the vocabulary.
/// </summary>
internal sealed class TokenRuns(int length)
{
    private const int LeastCapacity = 64;

    /// <summary>The latest end of a run by its hash; 0 for none.</summary>
    private int[] _latest = [];

    /// <summary>The end before this one with the same hash.</summary>
    private int[] _earlier = [];

    /// <summary>Tokens of a run.</summary>
    public int Length => length;

    /// <summary>Takes in the run that ends the tokens, which are one more than at the call before.</summary>
    public void Add(ReadOnlySpan<int> tokens)
    {
        if (tokens.Length >= _earlier.Length)
            Rebuild(tokens);
        else if (tokens.Length >= length)
            Link(tokens);
    }

    /// <summary>Takes in all runs of the tokens, the first ones that there are.</summary>
    public void Rebuild(ReadOnlySpan<int> tokens)
    {
        int capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(LeastCapacity, tokens.Length + (tokens.Length / 4) + 1));
        (_latest, _earlier) = (new int[capacity], new int[capacity]);
        for (int end = length; end <= tokens.Length; end++)
            Link(tokens[..end]);
    }

    /// <summary>The latest end, counted in tokens, of a run that may be the one that ends the tokens, before those are added; 0 for none.</summary>
    public int Latest(ReadOnlySpan<int> tokens) => tokens.Length < length || _latest.Length == 0 ? 0 : _latest[HashOf(tokens)];

    /// <summary>The end before that one; 0 for none.</summary>
    public int Earlier(int end) => _earlier[end];

    private void Link(ReadOnlySpan<int> tokens)
    {
        ref int latest = ref _latest[HashOf(tokens)];
        _earlier[tokens.Length] = latest;
        latest = tokens.Length;
    }

    private int HashOf(ReadOnlySpan<int> tokens)
    {
        uint hash = 0;
        foreach (int token in tokens[^length..])
            hash = (BitOperations.RotateLeft(hash, 15) ^ (uint)token) * 0x9E3779B1;

        // The highest bits (Fibonacci hashing): neighbouring ids, of which vocabularies are made, lie far apart in them.
        return (int)(hash >> (32 - BitOperations.Log2((uint)_latest.Length)));
    }
}
