using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Sampling;

/// <summary>Draws one of many weighted tokens. Sums are in double precision and in one order, whatever vectors the machine has.</summary>
internal sealed class WeightedDraw(int vocabularySize)
{
    private const int Block = 256;

    private readonly double[] _totals = new double[(vocabularySize + Block - 1) / Block];
    private readonly float[] _block = new float[Block];

    /// <summary>The first token, in the order of ids, at which the share of the weights passed exceeds <paramref name="share"/>.</summary>
    /// <param name="weights">0 or more, one above 0.</param>
    /// <param name="share">0 to 1, exclusive.</param>
    public int From(ReadOnlySpan<float> weights, double share)
    {
        int blocks = (weights.Length + Block - 1) / Block;
        double total = 0;
        for (int block = 0; block < blocks; block++)
            total += _totals[block] = Sum(weights[(block * Block)..Math.Min((block + 1) * Block, weights.Length)]);

        double target = share * total, passed = 0;
        int last = -1;
        for (int block = 0; block < blocks; block++)
        {
            if (_totals[block] == 0)
                continue;

            last = block;
            if (passed + _totals[block] > target)
                break;

            passed += _totals[block];
        }
        return InBlock(weights, last * Block, target - passed);
    }

    /// <summary>The same of a row in which only these tokens weigh anything, sum for sum.</summary>
    /// <param name="tokens">Rising, one at least.</param>
    /// <param name="weights">Over 0.</param>
    public int From(ReadOnlySpan<int> tokens, ReadOnlySpan<float> weights, double share)
    {
        double total = 0;
        for (int first = 0; first < tokens.Length; first = EndOfBlock(tokens, first))
            total += _totals[tokens[first] / Block] = SumOfBlock(tokens[first..EndOfBlock(tokens, first)], weights[first..]);

        double target = share * total, passed = 0;
        int start = 0;
        while (EndOfBlock(tokens, start) is var end && end < tokens.Length && passed + _totals[tokens[start] / Block] <= target)
        {
            passed += _totals[tokens[start] / Block];
            start = end;
        }
        var rest = tokens[start..EndOfBlock(tokens, start)];
        target -= passed;
        passed = 0;
        for (int i = 0; i < rest.Length; i++)
        {
            passed += weights[start + i];
            if (passed > target)
                return rest[i];
        }
        return rest[^1];
    }

    private static int EndOfBlock(ReadOnlySpan<int> tokens, int first)
    {
        int end = first + 1;
        while (end < tokens.Length && tokens[end] / Block == tokens[first] / Block)
            end++;

        return end;
    }

    /// <summary>Laid out as in a row, since the order of the sum is that of its places.</summary>
    private double SumOfBlock(ReadOnlySpan<int> tokens, ReadOnlySpan<float> weights)
    {
        Array.Clear(_block);
        for (int i = 0; i < tokens.Length; i++)
            _block[tokens[i] % Block] = weights[i];

        return Sum(_block.AsSpan(0, Math.Min(Block, vocabularySize - (tokens[0] / Block * Block))));
    }

    private static int InBlock(ReadOnlySpan<float> weights, int start, double target)
    {
        int last = start;
        double passed = 0;
        for (int token = start; token < Math.Min(start + Block, weights.Length); token++)
        {
            if (weights[token] == 0)
                continue;

            last = token;
            passed += weights[token];
            if (passed > target)
                break;
        }
        return last;
    }

    private static double Sum(ReadOnlySpan<float> weights)
    {
        var (low, high) = (Vector256<double>.Zero, Vector256<double>.Zero);
        var vectors = MemoryMarshal.Cast<float, Vector256<float>>(weights);
        foreach (var vector in vectors)
        {
            var (lower, upper) = Vector256.Widen(vector);
            low += lower;
            high += upper;
        }
        double sum = Vector256.Sum(low) + Vector256.Sum(high);
        foreach (float weight in weights[(vectors.Length * Vector256<float>.Count)..])
            sum += weight;

        return sum;
    }
}
