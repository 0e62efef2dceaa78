using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>The products of attention (see <see cref="AttentionProducts"/>), four rows at a time, compiled for each width of vectors and each kind of cache.</summary>
/// <typeparam name="TVectors">The operations of <typeparamref name="TVector"/>.</typeparam>
/// <typeparam name="TVector">A vector of floats.</typeparam>
/// <typeparam name="TElement">What the cache holds.</typeparam>
internal static unsafe class TiledAttentionProducts<TVectors, TVector, TElement>
    where TVectors : struct, IFloatVectors<TVector>
    where TVector : struct
    where TElement : struct, IKvElement
{
    private static int Lanes => TVectors.Lanes;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Score(float* queries, int rows, int size, byte* keys, nint keyStride, int lanes, float* scores, nint scoreStride, byte* next)
    {
        int r = 0;
        for (; r + 4 <= rows; r += 4)
            ScoreFour(queries + ((nint)r * size), size, keys, keyStride, lanes, scores + (r * scoreStride), scoreStride, r == 0 ? next : keys);

        for (; r < rows; r++)
            ScoreOne(queries + ((nint)r * size), size, keys, keyStride, lanes, scores + (r * scoreStride), r == 0 ? next : keys);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Accumulate(float* weights, nint weightStride, int rows, byte* values, int count, int size, float* sums, nint sumStride, byte* next)
    {
        int r = 0;
        for (; r + 4 <= rows; r += 4)
            AccumulateFour(weights + (r * weightStride), weightStride, values, count, size, sums + (r * sumStride), sumStride, r == 0 ? next : values);

        for (; r < rows; r++)
            AccumulateOne(weights + (r * weightStride), values, count, size, sums + (r * sumStride), r == 0 ? next : values);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScoreFour(float* queries, int size, byte* keys, nint keyStride, int lanes, float* scores, nint scoreStride, byte* next)
    {
        float* q0 = queries, q1 = q0 + size, q2 = q1 + size, q3 = q2 + size;
        nint ahead = (nint)(next - keys);
        for (int lane = 0; lane < lanes; lane += 2 * Lanes, scores += 2 * Lanes)
        {
            TVector a0 = default, b0 = default, a1 = default, b1 = default, a2 = default, b2 = default, a3 = default, b3 = default;
            byte* key = keys + ((nint)lane * TElement.Bytes);
            for (int d = 0; d < size; d++, key += keyStride)
            {
                if (Sse.IsSupported)
                    Sse.Prefetch0(key + ahead);

                TVector k = TVectors.Load<TElement>(key), l = TVectors.Load<TElement>(key + (Lanes * TElement.Bytes));
                var q = TVectors.Create(q0[d]);
                a0 = TVectors.FusedMultiplyAdd(q, k, a0);
                b0 = TVectors.FusedMultiplyAdd(q, l, b0);
                q = TVectors.Create(q1[d]);
                a1 = TVectors.FusedMultiplyAdd(q, k, a1);
                b1 = TVectors.FusedMultiplyAdd(q, l, b1);
                q = TVectors.Create(q2[d]);
                a2 = TVectors.FusedMultiplyAdd(q, k, a2);
                b2 = TVectors.FusedMultiplyAdd(q, l, b2);
                q = TVectors.Create(q3[d]);
                a3 = TVectors.FusedMultiplyAdd(q, k, a3);
                b3 = TVectors.FusedMultiplyAdd(q, l, b3);
            }
            TVectors.Store(a0, scores);
            TVectors.Store(b0, scores + Lanes);
            TVectors.Store(a1, scores + scoreStride);
            TVectors.Store(b1, scores + scoreStride + Lanes);
            TVectors.Store(a2, scores + (2 * scoreStride));
            TVectors.Store(b2, scores + (2 * scoreStride) + Lanes);
            TVectors.Store(a3, scores + (3 * scoreStride));
            TVectors.Store(b3, scores + (3 * scoreStride) + Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScoreOne(float* query, int size, byte* keys, nint keyStride, int lanes, float* scores, byte* next)
    {
        nint ahead = (nint)(next - keys);
        for (int lane = 0; lane < lanes; lane += 2 * Lanes, scores += 2 * Lanes)
        {
            TVector a = default, b = default;
            byte* key = keys + ((nint)lane * TElement.Bytes);
            for (int d = 0; d < size; d++, key += keyStride)
            {
                if (Sse.IsSupported)
                    Sse.Prefetch0(key + ahead);

                var q = TVectors.Create(query[d]);
                a = TVectors.FusedMultiplyAdd(q, TVectors.Load<TElement>(key), a);
                b = TVectors.FusedMultiplyAdd(q, TVectors.Load<TElement>(key + (Lanes * TElement.Bytes)), b);
            }
            TVectors.Store(a, scores);
            TVectors.Store(b, scores + Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AccumulateFour(float* weights, nint weightStride, byte* values, int count, int size, float* sums, nint sumStride, byte* next)
    {
        float* w0 = weights, w1 = w0 + weightStride, w2 = w1 + weightStride, w3 = w2 + weightStride;
        float* s0 = sums, s1 = s0 + sumStride, s2 = s1 + sumStride, s3 = s2 + sumStride;
        nint valueStride = (nint)size * TElement.Bytes, ahead = (nint)(next - values);
        for (int d = 0; d < size; d += 2 * Lanes)
        {
            TVector a0 = TVectors.Load(s0 + d), b0 = TVectors.Load(s0 + d + Lanes);
            TVector a1 = TVectors.Load(s1 + d), b1 = TVectors.Load(s1 + d + Lanes);
            TVector a2 = TVectors.Load(s2 + d), b2 = TVectors.Load(s2 + d + Lanes);
            TVector a3 = TVectors.Load(s3 + d), b3 = TVectors.Load(s3 + d + Lanes);
            byte* value = values + ((nint)d * TElement.Bytes);
            for (int j = 0; j < count; j++, value += valueStride)
            {
                if (Sse.IsSupported)
                    Sse.Prefetch0(value + ahead);

                TVector v = TVectors.Load<TElement>(value), u = TVectors.Load<TElement>(value + (Lanes * TElement.Bytes));
                var w = TVectors.Create(w0[j]);
                a0 = TVectors.FusedMultiplyAdd(w, v, a0);
                b0 = TVectors.FusedMultiplyAdd(w, u, b0);
                w = TVectors.Create(w1[j]);
                a1 = TVectors.FusedMultiplyAdd(w, v, a1);
                b1 = TVectors.FusedMultiplyAdd(w, u, b1);
                w = TVectors.Create(w2[j]);
                a2 = TVectors.FusedMultiplyAdd(w, v, a2);
                b2 = TVectors.FusedMultiplyAdd(w, u, b2);
                w = TVectors.Create(w3[j]);
                a3 = TVectors.FusedMultiplyAdd(w, v, a3);
                b3 = TVectors.FusedMultiplyAdd(w, u, b3);
            }
            TVectors.Store(a0, s0 + d);
            TVectors.Store(b0, s0 + d + Lanes);
            TVectors.Store(a1, s1 + d);
            TVectors.Store(b1, s1 + d + Lanes);
            TVectors.Store(a2, s2 + d);
            TVectors.Store(b2, s2 + d + Lanes);
            TVectors.Store(a3, s3 + d);
            TVectors.Store(b3, s3 + d + Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AccumulateOne(float* weights, byte* values, int count, int size, float* sums, byte* next)
    {
        nint valueStride = (nint)size * TElement.Bytes, ahead = (nint)(next - values);
        for (int d = 0; d < size; d += 2 * Lanes)
        {
            TVector a = TVectors.Load(sums + d), b = TVectors.Load(sums + d + Lanes);
            byte* value = values + ((nint)d * TElement.Bytes);
            for (int j = 0; j < count; j++, value += valueStride)
            {
                if (Sse.IsSupported)
                    Sse.Prefetch0(value + ahead);

                var w = TVectors.Create(weights[j]);
                a = TVectors.FusedMultiplyAdd(w, TVectors.Load<TElement>(value), a);
                b = TVectors.FusedMultiplyAdd(w, TVectors.Load<TElement>(value + (Lanes * TElement.Bytes)), b);
            }
            TVectors.Store(a, sums + d);
            TVectors.Store(b, sums + d + Lanes);
        }
    }
}
