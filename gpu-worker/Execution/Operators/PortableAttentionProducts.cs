using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>The products of attention (see <see cref="AttentionProducts"/>) with vectors of 256 bits, or what the machine has in their place.</summary>
internal static unsafe class PortableAttentionProducts
{
    private const int Lanes = 8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Score<T>(float* queries, int rows, int size, byte* keys, nint keyStride, int lanes, float* scores, nint scoreStride, byte* next)
        where T : struct, IKvElement
    {
        int r = 0;
        for (; r + 4 <= rows; r += 4)
            ScoreFour<T>(queries + ((nint)r * size), size, keys, keyStride, lanes, scores + (r * scoreStride), scoreStride, r == 0 ? next : keys);

        for (; r < rows; r++)
            ScoreOne<T>(queries + ((nint)r * size), size, keys, keyStride, lanes, scores + (r * scoreStride), r == 0 ? next : keys);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Accumulate<T>(float* weights, nint weightStride, int rows, byte* values, int count, int size, float* sums, nint sumStride, byte* next)
        where T : struct, IKvElement
    {
        int r = 0;
        for (; r + 4 <= rows; r += 4)
            AccumulateFour<T>(weights + (r * weightStride), weightStride, values, count, size, sums + (r * sumStride), sumStride, r == 0 ? next : values);

        for (; r < rows; r++)
            AccumulateOne<T>(weights + (r * weightStride), values, count, size, sums + (r * sumStride), r == 0 ? next : values);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScoreFour<T>(float* queries, int size, byte* keys, nint keyStride, int lanes, float* scores, nint scoreStride, byte* next)
        where T : struct, IKvElement
    {
        float* q0 = queries, q1 = q0 + size, q2 = q1 + size, q3 = q2 + size;
        nint ahead = (nint)(next - keys);
        for (int lane = 0; lane < lanes; lane += 2 * Lanes, scores += 2 * Lanes)
        {
            Vector256<float> a0 = default, b0 = default, a1 = default, b1 = default, a2 = default, b2 = default, a3 = default, b3 = default;
            byte* key = keys + ((nint)lane * T.Bytes);
            for (int d = 0; d < size; d++, key += keyStride)
            {
                if (Sse.IsSupported)
                    Sse.Prefetch0(key + ahead);

                Vector256<float> k = T.Load(key), l = T.Load(key + (Lanes * T.Bytes));
                var q = Vector256.Create(q0[d]);
                a0 = Vector256.FusedMultiplyAdd(q, k, a0);
                b0 = Vector256.FusedMultiplyAdd(q, l, b0);
                q = Vector256.Create(q1[d]);
                a1 = Vector256.FusedMultiplyAdd(q, k, a1);
                b1 = Vector256.FusedMultiplyAdd(q, l, b1);
                q = Vector256.Create(q2[d]);
                a2 = Vector256.FusedMultiplyAdd(q, k, a2);
                b2 = Vector256.FusedMultiplyAdd(q, l, b2);
                q = Vector256.Create(q3[d]);
                a3 = Vector256.FusedMultiplyAdd(q, k, a3);
                b3 = Vector256.FusedMultiplyAdd(q, l, b3);
            }
            a0.Store(scores);
            b0.Store(scores + Lanes);
            a1.Store(scores + scoreStride);
            b1.Store(scores + scoreStride + Lanes);
            a2.Store(scores + (2 * scoreStride));
            b2.Store(scores + (2 * scoreStride) + Lanes);
            a3.Store(scores + (3 * scoreStride));
            b3.Store(scores + (3 * scoreStride) + Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScoreOne<T>(float* query, int size, byte* keys, nint keyStride, int lanes, float* scores, byte* next)
        where T : struct, IKvElement
    {
        nint ahead = (nint)(next - keys);
        for (int lane = 0; lane < lanes; lane += 2 * Lanes, scores += 2 * Lanes)
        {
            Vector256<float> a = default, b = default;
            byte* key = keys + ((nint)lane * T.Bytes);
            for (int d = 0; d < size; d++, key += keyStride)
            {
                if (Sse.IsSupported)
                    Sse.Prefetch0(key + ahead);

                var q = Vector256.Create(query[d]);
                a = Vector256.FusedMultiplyAdd(q, T.Load(key), a);
                b = Vector256.FusedMultiplyAdd(q, T.Load(key + (Lanes * T.Bytes)), b);
            }
            a.Store(scores);
            b.Store(scores + Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AccumulateFour<T>(float* weights, nint weightStride, byte* values, int count, int size, float* sums, nint sumStride, byte* next)
        where T : struct, IKvElement
    {
        float* w0 = weights, w1 = w0 + weightStride, w2 = w1 + weightStride, w3 = w2 + weightStride;
        float* s0 = sums, s1 = s0 + sumStride, s2 = s1 + sumStride, s3 = s2 + sumStride;
        nint valueStride = (nint)size * T.Bytes, ahead = (nint)(next - values);
        for (int d = 0; d < size; d += 2 * Lanes)
        {
            Vector256<float> a0 = Vector256.Load(s0 + d), b0 = Vector256.Load(s0 + d + Lanes);
            Vector256<float> a1 = Vector256.Load(s1 + d), b1 = Vector256.Load(s1 + d + Lanes);
            Vector256<float> a2 = Vector256.Load(s2 + d), b2 = Vector256.Load(s2 + d + Lanes);
            Vector256<float> a3 = Vector256.Load(s3 + d), b3 = Vector256.Load(s3 + d + Lanes);
            byte* value = values + ((nint)d * T.Bytes);
            for (int j = 0; j < count; j++, value += valueStride)
            {
                if (Sse.IsSupported)
                    Sse.Prefetch0(value + ahead);

                Vector256<float> v = T.Load(value), u = T.Load(value + (Lanes * T.Bytes));
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
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AccumulateOne<T>(float* weights, byte* values, int count, int size, float* sums, byte* next)
        where T : struct, IKvElement
    {
        nint valueStride = (nint)size * T.Bytes, ahead = (nint)(next - values);
        for (int d = 0; d < size; d += 2 * Lanes)
        {
            Vector256<float> a = Vector256.Load(sums + d), b = Vector256.Load(sums + d + Lanes);
            byte* value = values + ((nint)d * T.Bytes);
            for (int j = 0; j < count; j++, value += valueStride)
            {
                if (Sse.IsSupported)
                    Sse.Prefetch0(value + ahead);

                var w = Vector256.Create(weights[j]);
                a = Vector256.FusedMultiplyAdd(w, T.Load(value), a);
                b = Vector256.FusedMultiplyAdd(w, T.Load(value + (Lanes * T.Bytes)), b);
            }
            a.Store(sums + d);
            b.Store(sums + d + Lanes);
        }
    }
}
