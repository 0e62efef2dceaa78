using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Execution;

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
            var weight = Exponential(Vector256.Load(scores + i) - shift);
            weight.Store(scores + i);
            first += weight;
            weight = Exponential(Vector256.Load(scores + i + Lanes) - shift);
            weight.Store(scores + i + Lanes);
            second += weight;
        }
        total = Vector256.Sum(first + second);
    }

    /// <summary>
    /// exp(x) for x of zero and less, within two units in the last place; zero below -87. One chain of operations, and so the same bits, on every
    /// machine, at a third of the cost of <see cref="Vector256.Exp(Vector256{float})"/>, which computes in double. The polynomial is that of
    /// Cephes' expf (https://www.netlib.org/cephes/).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exponential(Vector256<float> x)
    {
        var isTiny = Vector256.LessThan(x, Vector256.Create(-87f));
        x = Vector256.AndNot(x, isTiny);
        var n = Vector256.Round(x * Vector256.Create(1.44269504f));
        var r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-0.693359375f), x);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(2.12194440e-4f), r);
        var p = Vector256.FusedMultiplyAdd(Vector256.Create(1.9875691500e-4f), r, Vector256.Create(1.3981999507e-3f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(8.3334519073e-3f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(4.1665795894e-2f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.6666665459e-1f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(5.0000001201e-1f));
        p = Vector256.FusedMultiplyAdd(p, r * r, r) + Vector256<float>.One;

        // NaN stays NaN: it is multiplied with whatever its exponent became.
        var power = Vector256.ShiftLeft(Vector256.ConvertToInt32Native(n) + Vector256.Create(127), 23).AsSingle();
        return Vector256.AndNot(p * power, isTiny);
    }
}
