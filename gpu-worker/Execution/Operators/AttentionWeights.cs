using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>From scores of attention to weights. Sums go over sixteen lanes in the order of tokens, then over the lanes in one fixed order.</summary>
internal static unsafe class AttentionWeights
{
    private const int Lanes = 8;

    /// <summary>
    /// Turns scores into exp(score - their maximum) and sums these up. Tokens from <paramref name="seen"/> on weigh nothing, up to
    /// <paramref name="count"/> and to the end of the sixteen lanes that this falls in. Where none is seen the maximum is minus infinity.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FromScores(float* scores, int seen, int count, out float maximum, out float total)
    {
        int padded = (count + (2 * Lanes) - 1) & -(2 * Lanes);
        for (int i = Math.Max(0, seen); i < padded; i++)
            scores[i] = float.NegativeInfinity;

        var largest = Vector256.Create(float.NegativeInfinity);
        for (int i = 0; i < padded; i += Lanes)
            largest = Vector256.Max(largest, Vector256.Load(scores + i));

        maximum = float.NegativeInfinity;
        for (int lane = 0; lane < Lanes; lane++)
            maximum = MathF.Max(maximum, largest[lane]);

        total = 0;
        if (seen <= 0)
        {
            new Span<float>(scores, padded).Clear();
            return;
        }
        var shift = Vector256.Create(maximum);
        Vector256<float> first = default, second = default;
        for (int i = 0; i < padded; i += 2 * Lanes)
        {
            var weight = Exponential.OfNonPositive(Vector256.Load(scores + i) - shift);
            weight.Store(scores + i);
            first += weight;
            weight = Exponential.OfNonPositive(Vector256.Load(scores + i + Lanes) - shift);
            weight.Store(scores + i + Lanes);
            second += weight;
        }
        total = Vector256.Sum(first + second);
    }
}
