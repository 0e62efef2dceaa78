using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>The exponential function for softmax and sigmoid.</summary>
internal static class Exponential
{
    /// <summary>
    /// exp(x) for x of zero and less, within two units in the last place; zero below -87. One chain of operations, and so the same bits, on every
    /// machine, at a third of the cost of <see cref="Vector256.Exp(Vector256{float})"/>, which computes in double. The polynomial is that of
    /// Cephes' expf (https://www.netlib.org/cephes/).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> OfNonPositive(Vector256<float> x)
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
