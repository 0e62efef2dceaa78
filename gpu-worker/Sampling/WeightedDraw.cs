using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Sampling;

/// <summary>Draws one of many weighted tokens. Sums are in double precision and in one order, whatever vectors the machine has.</summary>
internal sealed class WeightedDraw(int vocabularySize)
{
    private const int Block = 256;

    private readonly double[] _totals = new double[(vocabularySize + Block - 1) / Block];

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
