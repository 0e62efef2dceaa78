using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>SwiGLU of one row (Shazeer, 2020), element by element.</summary>
internal static unsafe class SwiGluRow
{
    private const int Lanes = 8;

    /// <summary>y = silu(gate) * up.</summary>
    /// <param name="x">The gate's values and then those of up: 2 <paramref name="columns"/>.</param>
    /// <param name="columns">A multiple of 8.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gate(float* x, float* y, int columns)
    {
        float* ups = x + columns;
        for (int i = 0; i < columns; i += Lanes)
        {
            var gate = Vector256.Load(x + i);
            // sigmoid(x) = 1 / (1 + exp(-|x|)) for x of zero and more, and exp(-|x|) times that for others.
            var exponential = Exponential.OfNonPositive(-Vector256.Abs(gate));
            var numerator = Vector256.ConditionalSelect(Vector256.LessThan(gate, Vector256<float>.Zero), gate * exponential, gate);
            (numerator / (Vector256<float>.One + exponential) * Vector256.Load(ups + i)).Store(y + i);
        }
    }
}
