using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// One row's products with rows of 16-bit floats, widened in registers: what decoding one sequence waits for is memory, and this reads it once. The chains are those of
/// <see cref="DotProducts"/>, so the bits are the same as after widening.
/// </summary>
internal static unsafe class NarrowDotProducts
{
    private const int Lanes = NarrowFloats.Lanes;

    /// <summary>y[c] = x . w[c], of <paramref name="k"/> numbers each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OneRow<T>(float* x, ushort* w, int columns, int k, float* y)
        where T : struct, INarrowFloat
    {
        int whole = k & ~(Lanes - 1), c = 0;
        for (; c + 4 <= columns; c += 4)
        {
            ushort* w0 = w + ((nint)c * k), w1 = w0 + k, w2 = w1 + k, w3 = w2 + k;
            Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default;
            for (int i = 0; i < whole; i += Lanes)
            {
                var u = Vector256.Load(x + i);
                a0 = Vector256.FusedMultiplyAdd(u, T.Load(w0 + i), a0);
                a1 = Vector256.FusedMultiplyAdd(u, T.Load(w1 + i), a1);
                a2 = Vector256.FusedMultiplyAdd(u, T.Load(w2 + i), a2);
                a3 = Vector256.FusedMultiplyAdd(u, T.Load(w3 + i), a3);
            }
            y[c] = Finish<T>(a0, x, w0, whole, k);
            y[c + 1] = Finish<T>(a1, x, w1, whole, k);
            y[c + 2] = Finish<T>(a2, x, w2, whole, k);
            y[c + 3] = Finish<T>(a3, x, w3, whole, k);
        }

        for (; c < columns; c++)
        {
            ushort* last = w + ((nint)c * k);
            Vector256<float> sum = default;
            for (int i = 0; i < whole; i += Lanes)
                sum = Vector256.FusedMultiplyAdd(Vector256.Load(x + i), T.Load(last + i), sum);

            y[c] = Finish<T>(sum, x, last, whole, k);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Finish<T>(Vector256<float> lanes, float* x, ushort* w, int whole, int k)
        where T : struct, INarrowFloat
    {
        float sum = Vector256.Sum(lanes);
        for (int i = whole; i < k; i++)
            sum = MathF.FusedMultiplyAdd(x[i], T.ToSingle(w[i]), sum);

        return sum;
    }
}
