using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>The parts of attention over a tile of query rows. What a row yields does not depend on the other rows of its tile.</summary>
internal static unsafe class AttentionTile
{
    public const int Lanes = 8;

    /// <summary>
    /// Turns the first <paramref name="count"/> scores into weights that sum to one, and the rest, up to <paramref name="stride"/> (a
    /// multiple of <see cref="Lanes"/>), into zeros.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SoftMax(float* scores, int count, int stride)
    {
        for (int i = count; i < stride; i++)
            scores[i] = float.NegativeInfinity;

        var largest = Vector256.Create(float.NegativeInfinity);
        for (int i = 0; i < count; i += Lanes)
            largest = Vector256.Max(largest, Vector256.Load(scores + i));

        float maximum = float.NegativeInfinity;
        for (int lane = 0; lane < Lanes; lane++)
            maximum = MathF.Max(maximum, largest[lane]);

        var shift = Vector256.Create(maximum);
        var sum = Vector256<float>.Zero;
        for (int i = 0; i < count; i += Lanes)
        {
            var weight = Vector256.Exp(Vector256.Load(scores + i) - shift);
            weight.Store(scores + i);
            sum += weight;
        }
        var inverse = Vector256.Create(1 / Vector256.Sum(sum));
        for (int i = 0; i < count; i += Lanes)
            (Vector256.Load(scores + i) * inverse).Store(scores + i);

        for (int i = (count + Lanes - 1) & -Lanes; i < stride; i++)
            scores[i] = 0;
    }

    /// <summary>sums[r] += weights[r, j] values[j] for each key j in order; a weight of zero leaves a finite sum as it was.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Accumulate(float* weights, nint weightStride, int rows, float* values, int keys, nint valueStride, int size, float* sums)
    {
        int r = 0;
        for (; r + 4 <= rows; r += 4)
            FourRows(weights + (r * weightStride), weightStride, values, keys, valueStride, size, sums + ((nint)r * size));

        for (; r < rows; r++)
            OneRow(weights + (r * weightStride), values, keys, valueStride, size, sums + ((nint)r * size));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourRows(float* weights, nint weightStride, float* values, int keys, nint valueStride, int size, float* sums)
    {
        float* w0 = weights, w1 = w0 + weightStride, w2 = w1 + weightStride, w3 = w2 + weightStride;
        float* s0 = sums, s1 = s0 + size, s2 = s1 + size, s3 = s2 + size;
        int d = 0;
        for (; d + (2 * Lanes) <= size; d += 2 * Lanes)
        {
            Vector256<float> a0 = Vector256.Load(s0 + d), b0 = Vector256.Load(s0 + d + Lanes);
            Vector256<float> a1 = Vector256.Load(s1 + d), b1 = Vector256.Load(s1 + d + Lanes);
            Vector256<float> a2 = Vector256.Load(s2 + d), b2 = Vector256.Load(s2 + d + Lanes);
            Vector256<float> a3 = Vector256.Load(s3 + d), b3 = Vector256.Load(s3 + d + Lanes);
            float* value = values + d;
            for (int j = 0; j < keys; j++, value += valueStride)
            {
                Vector256<float> v = Vector256.Load(value), u = Vector256.Load(value + Lanes);
                var w = Vector256.Create(w0[j]);
                a0 = Vector256.FusedMultiplyAdd(w, v, a0);
                b0 = Vector256.FusedMultiplyAdd(w, u, b0);
                w = Vector256.Create(w1[j]);
                a1 = Vector256.FusedMultiplyAdd(w, v, a1);
                b1 = Vector256.FusedMultiplyAdd(w, u, b1);
                w = Vector256.Create(w2[j]);
                a2 = Vector256.FusedMultiplyAdd(w, v, a2);
                b2 = Vector256.FusedMultiplyAdd(w, u, b2);
                w = Vector256.Create(w3[j]);
                a3 = Vector256.FusedMultiplyAdd(w, v, a3);
                b3 = Vector256.FusedMultiplyAdd(w, u, b3);
            }
            a0.Store(s0 + d);
            b0.Store(s0 + d + Lanes);
            a1.Store(s1 + d);
            b1.Store(s1 + d + Lanes);
            a2.Store(s2 + d);
            b2.Store(s2 + d + Lanes);
            a3.Store(s3 + d);
            b3.Store(s3 + d + Lanes);
        }
        for (; d < size; d += Lanes)
        {
            var a0 = Vector256.Load(s0 + d);
            var a1 = Vector256.Load(s1 + d);
            var a2 = Vector256.Load(s2 + d);
            var a3 = Vector256.Load(s3 + d);
            float* value = values + d;
            for (int j = 0; j < keys; j++, value += valueStride)
            {
                var v = Vector256.Load(value);
                a0 = Vector256.FusedMultiplyAdd(Vector256.Create(w0[j]), v, a0);
                a1 = Vector256.FusedMultiplyAdd(Vector256.Create(w1[j]), v, a1);
                a2 = Vector256.FusedMultiplyAdd(Vector256.Create(w2[j]), v, a2);
                a3 = Vector256.FusedMultiplyAdd(Vector256.Create(w3[j]), v, a3);
            }
            a0.Store(s0 + d);
            a1.Store(s1 + d);
            a2.Store(s2 + d);
            a3.Store(s3 + d);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneRow(float* weights, float* values, int keys, nint valueStride, int size, float* sums)
    {
        int d = 0;
        for (; d + (4 * Lanes) <= size; d += 4 * Lanes)
        {
            var a0 = Vector256.Load(sums + d);
            var a1 = Vector256.Load(sums + d + 8);
            var a2 = Vector256.Load(sums + d + 16);
            var a3 = Vector256.Load(sums + d + 24);
            float* value = values + d;
            for (int j = 0; j < keys; j++, value += valueStride)
            {
                var w = Vector256.Create(weights[j]);
                a0 = Vector256.FusedMultiplyAdd(w, Vector256.Load(value), a0);
                a1 = Vector256.FusedMultiplyAdd(w, Vector256.Load(value + 8), a1);
                a2 = Vector256.FusedMultiplyAdd(w, Vector256.Load(value + 16), a2);
                a3 = Vector256.FusedMultiplyAdd(w, Vector256.Load(value + 24), a3);
            }
            a0.Store(sums + d);
            a1.Store(sums + d + 8);
            a2.Store(sums + d + 16);
            a3.Store(sums + d + 24);
        }
        for (; d < size; d += Lanes)
        {
            var a = Vector256.Load(sums + d);
            float* value = values + d;
            for (int j = 0; j < keys; j++, value += valueStride)
                a = Vector256.FusedMultiplyAdd(Vector256.Create(weights[j]), Vector256.Load(value), a);

            a.Store(sums + d);
        }
    }
}
