using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// Products of rows with rows: y[r, c] = x[r] . w[c]. Each (r, c) is one chain of fused multiply-adds over eight lanes in the order of k, then
/// one fixed sum of the lanes and the tail; tiles share loads between chains but never reorder one. So a row's result is the same bit for
/// bit whatever rows it is computed with.
/// </summary>
internal static unsafe class DotProducts
{
    private const int Lanes = 8;

    /// <summary>Strides are in elements between rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* x, int rows, nint xStride, float* w, int columns, nint wStride, int k, float* y, nint yStride)
    {
        int r = 0;
        for (; r + 4 <= rows; r += 4)
            FourRows(x + (r * xStride), xStride, w, columns, wStride, k, y + (r * yStride), yStride);

        if (r + 2 <= rows)
        {
            TwoRows(x + (r * xStride), xStride, w, columns, wStride, k, y + (r * yStride), yStride);
            r += 2;
        }
        if (r < rows)
            OneRow(x + (r * xStride), w, columns, wStride, k, y + (r * yStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourRows(float* x, nint xStride, float* w, int columns, nint wStride, int k, float* y, nint yStride)
    {
        float* x0 = x, x1 = x0 + xStride, x2 = x1 + xStride, x3 = x2 + xStride;
        float* y0 = y, y1 = y0 + yStride, y2 = y1 + yStride, y3 = y2 + yStride;
        int whole = k & ~(Lanes - 1);
        int c = 0;
        for (; c + 2 <= columns; c += 2)
        {
            float* w0 = w + (c * wStride), w1 = w0 + wStride;
            Vector256<float> a00 = default, a01 = default, a10 = default, a11 = default, a20 = default, a21 = default, a30 = default, a31 = default;
            for (int i = 0; i < whole; i += Lanes)
            {
                var v0 = Vector256.Load(w0 + i);
                var v1 = Vector256.Load(w1 + i);
                var u = Vector256.Load(x0 + i);
                a00 = Vector256.FusedMultiplyAdd(u, v0, a00);
                a01 = Vector256.FusedMultiplyAdd(u, v1, a01);
                u = Vector256.Load(x1 + i);
                a10 = Vector256.FusedMultiplyAdd(u, v0, a10);
                a11 = Vector256.FusedMultiplyAdd(u, v1, a11);
                u = Vector256.Load(x2 + i);
                a20 = Vector256.FusedMultiplyAdd(u, v0, a20);
                a21 = Vector256.FusedMultiplyAdd(u, v1, a21);
                u = Vector256.Load(x3 + i);
                a30 = Vector256.FusedMultiplyAdd(u, v0, a30);
                a31 = Vector256.FusedMultiplyAdd(u, v1, a31);
            }
            y0[c] = Finish(a00, x0, w0, whole, k);
            y0[c + 1] = Finish(a01, x0, w1, whole, k);
            y1[c] = Finish(a10, x1, w0, whole, k);
            y1[c + 1] = Finish(a11, x1, w1, whole, k);
            y2[c] = Finish(a20, x2, w0, whole, k);
            y2[c + 1] = Finish(a21, x2, w1, whole, k);
            y3[c] = Finish(a30, x3, w0, whole, k);
            y3[c + 1] = Finish(a31, x3, w1, whole, k);
        }
        if (c < columns)
        {
            float* last = w + (c * wStride);
            y0[c] = One(x0, last, whole, k);
            y1[c] = One(x1, last, whole, k);
            y2[c] = One(x2, last, whole, k);
            y3[c] = One(x3, last, whole, k);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoRows(float* x, nint xStride, float* w, int columns, nint wStride, int k, float* y, nint yStride)
    {
        float* x0 = x, x1 = x + xStride;
        float* y0 = y, y1 = y + yStride;
        int whole = k & ~(Lanes - 1);
        int c = 0;
        for (; c + 4 <= columns; c += 4)
        {
            float* w0 = w + (c * wStride), w1 = w0 + wStride, w2 = w1 + wStride, w3 = w2 + wStride;
            Vector256<float> a00 = default, a01 = default, a02 = default, a03 = default, a10 = default, a11 = default, a12 = default, a13 = default;
            for (int i = 0; i < whole; i += Lanes)
            {
                var u0 = Vector256.Load(x0 + i);
                var u1 = Vector256.Load(x1 + i);
                var v = Vector256.Load(w0 + i);
                a00 = Vector256.FusedMultiplyAdd(u0, v, a00);
                a10 = Vector256.FusedMultiplyAdd(u1, v, a10);
                v = Vector256.Load(w1 + i);
                a01 = Vector256.FusedMultiplyAdd(u0, v, a01);
                a11 = Vector256.FusedMultiplyAdd(u1, v, a11);
                v = Vector256.Load(w2 + i);
                a02 = Vector256.FusedMultiplyAdd(u0, v, a02);
                a12 = Vector256.FusedMultiplyAdd(u1, v, a12);
                v = Vector256.Load(w3 + i);
                a03 = Vector256.FusedMultiplyAdd(u0, v, a03);
                a13 = Vector256.FusedMultiplyAdd(u1, v, a13);
            }
            y0[c] = Finish(a00, x0, w0, whole, k);
            y0[c + 1] = Finish(a01, x0, w1, whole, k);
            y0[c + 2] = Finish(a02, x0, w2, whole, k);
            y0[c + 3] = Finish(a03, x0, w3, whole, k);
            y1[c] = Finish(a10, x1, w0, whole, k);
            y1[c + 1] = Finish(a11, x1, w1, whole, k);
            y1[c + 2] = Finish(a12, x1, w2, whole, k);
            y1[c + 3] = Finish(a13, x1, w3, whole, k);
        }
        for (; c < columns; c++)
        {
            float* last = w + (c * wStride);
            y0[c] = One(x0, last, whole, k);
            y1[c] = One(x1, last, whole, k);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneRow(float* x, float* w, int columns, nint wStride, int k, float* y)
    {
        int whole = k & ~(Lanes - 1);
        int c = 0;
        for (; c + 4 <= columns; c += 4)
        {
            float* w0 = w + (c * wStride), w1 = w0 + wStride, w2 = w1 + wStride, w3 = w2 + wStride;
            Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default;
            for (int i = 0; i < whole; i += Lanes)
            {
                var u = Vector256.Load(x + i);
                a0 = Vector256.FusedMultiplyAdd(u, Vector256.Load(w0 + i), a0);
                a1 = Vector256.FusedMultiplyAdd(u, Vector256.Load(w1 + i), a1);
                a2 = Vector256.FusedMultiplyAdd(u, Vector256.Load(w2 + i), a2);
                a3 = Vector256.FusedMultiplyAdd(u, Vector256.Load(w3 + i), a3);
            }
            y[c] = Finish(a0, x, w0, whole, k);
            y[c + 1] = Finish(a1, x, w1, whole, k);
            y[c + 2] = Finish(a2, x, w2, whole, k);
            y[c + 3] = Finish(a3, x, w3, whole, k);
        }
        for (; c < columns; c++)
            y[c] = One(x, w + (c * wStride), whole, k);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float One(float* x, float* w, int whole, int k)
    {
        Vector256<float> sum = default;
        for (int i = 0; i < whole; i += Lanes)
            sum = Vector256.FusedMultiplyAdd(Vector256.Load(x + i), Vector256.Load(w + i), sum);

        return Finish(sum, x, w, whole, k);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Finish(Vector256<float> lanes, float* x, float* w, int whole, int k)
    {
        float sum = Vector256.Sum(lanes);
        for (int i = whole; i < k; i++)
            sum = MathF.FusedMultiplyAdd(x[i], w[i], sum);

        return sum;
    }
}
