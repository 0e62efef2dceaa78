namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>
/// The sizes of decode steps that have a CUDA graph: sequences in powers of two up to the most, lengths in powers of four from 256 up to the
/// context. A captured graph keeps the bounds that attention was given on the host, so a longer sequence needs another graph.
/// </summary>
internal sealed class DecodeBuckets
{
    private const int LeastLength = 256;

    private readonly int[] _sequences, _lengths;

    public DecodeBuckets(int maxSequences, int contextLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxSequences, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(contextLength, 1);
        _sequences = Steps(1, 2, maxSequences);
        _lengths = Steps(LeastLength, 4, contextLength);
    }

    public int Count => _sequences.Length * _lengths.Length;

    /// <summary>By sequences and then by length, ascending.</summary>
    public IEnumerable<DecodeBucket> All => _sequences.SelectMany(_ => _lengths, (sequences, length) => Find(sequences, length)!.Value);

    /// <summary>The smallest bucket that holds the step; null when it is beyond all.</summary>
    /// <param name="sequences">1 or more.</param>
    /// <param name="length">Tokens of the longest, this step's included.</param>
    public DecodeBucket? Find(int sequences, int length)
    {
        int row = Array.FindIndex(_sequences, size => size >= sequences), column = Array.FindIndex(_lengths, size => size >= length);
        return row < 0 || column < 0 ? null : new DecodeBucket(1 + (row * _lengths.Length) + column, _sequences[row], _lengths[column]);
    }

    private static int[] Steps(int first, int factor, int last)
    {
        List<int> steps = [];
        for (long size = first; size < last; size *= factor)
            steps.Add((int)size);

        return [.. steps, last];
    }
}
