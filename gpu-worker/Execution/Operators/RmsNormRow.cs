using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// RMSNorm of one row (Zhang and Sennrich, 2019). Squares are summed in one fixed order whatever the machine, so it has the same bits in every operator that
/// has it in it.
/// </summary>
internal static unsafe class RmsNormRow
{
    private const int Lanes = 8;

    /// <summary>y = x / sqrt(mean(x^2) + epsilon) * weight, all of <paramref name="columns"/> values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Normalize(float* x, float* weight, float* y, int columns, float epsilon) =>
        Scale(x, 1 / MathF.Sqrt((SumOfSquares(x, columns) / columns) + epsilon), weight, y, columns);

    /// <summary>The same of x + residual, which <paramref name="sum"/> gets.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddAndNormalize(float* x, float* residual, float* sum, float* weight, float* y, int columns, float epsilon)
    {
        Add(x, residual, sum, columns);
        Normalize(sum, weight, y, columns, epsilon);
    }

    private static void Add(float* x, float* residual, float* sum, int columns)
    {
        int i = 0;
        for (; i <= columns - Lanes; i += Lanes)
            (Vector256.Load(x + i) + Vector256.Load(residual + i)).Store(sum + i);

        for (; i < columns; i++)
            sum[i] = x[i] + residual[i];
    }

    /// <summary>Four chains of eight lanes, which the processor can follow at once.</summary>
    private static float SumOfSquares(float* s, int columns)
    {
        Vector256<float> a = default, b = default, c = default, d = default;
        int i = 0;
        for (; i <= columns - (4 * Lanes); i += 4 * Lanes)
        {
            var (s0, s1, s2, s3) = (Vector256.Load(s + i), Vector256.Load(s + i + Lanes), Vector256.Load(s + i + (2 * Lanes)), Vector256.Load(s + i + (3 * Lanes)));
            (a, b, c, d) = (a + (s0 * s0), b + (s1 * s1), c + (s2 * s2), d + (s3 * s3));
        }

        float rest = 0;
        for (; i < columns; i++)
            rest += s[i] * s[i];

        return Sum(a + b + (c + d)) + rest;
    }

    /// <summary>Halves onto halves: unlike the platform's sum, the same order everywhere.</summary>
    private static float Sum(Vector256<float> values)
    {
        var four = values.GetLower() + values.GetUpper();
        return four[0] + four[2] + (four[1] + four[3]);
    }

    private static void Scale(float* s, float factor, float* weight, float* y, int columns)
    {
        int i = 0;
        for (; i <= columns - Lanes; i += Lanes)
            (Vector256.Load(s + i) * factor * Vector256.Load(weight + i)).Store(y + i);

        for (; i < columns; i++)
            y[i] = s[i] * factor * weight[i];
    }
}
