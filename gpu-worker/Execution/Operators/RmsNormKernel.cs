using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// <c>serverless.RmsNorm</c>: of x[T, K], a weight[K] and, where there is one, a residual[T, K]: y[T, K] = s / sqrt(mean(s^2) + epsilon) * weight with s = x + residual (Zhang and
/// Sennrich, 2019), and s itself as the second output. Squares are summed in one fixed order whatever the machine, so a row does not depend on its batch. ONNX Runtime's
/// SkipSimplifiedLayerNormalization does the same and sums one square after the other, which takes several times as long.
/// </summary>
internal sealed unsafe class RmsNormKernel(float epsilon) : OperatorKernel
{
    private const int Lanes = 8;
    private const int RowsPerItem = 8;

    public override void Compute(OperatorContext context)
    {
        var x = context.Input(0);
        var weight = context.Input(1);
        var residual = context.Input(2);
        var job = new Job { X = x.Floats, Residual = residual.Floats, Weight = weight.Floats, Rows = x.Dimension(0), Columns = x.Dimension(1), Epsilon = epsilon };
        if (weight.Dimension(0) != job.Columns || (residual.IsPresent && !residual.Shape.SequenceEqual(x.Shape)))
            throw new ArgumentException($"RmsNorm: x has {job.Columns} columns and {job.Rows} rows; the weight, or the residual, has others.");

        job.Y = context.Output(0, job.Rows, job.Columns);
        // Without a residual the sum is x itself, and the node has no second output.
        job.Sum = residual.IsPresent ? context.Output(1, job.Rows, job.Columns) : null;
        context.For((job.Rows + RowsPerItem - 1) / RowsPerItem, inline: job.Rows <= RowsPerItem, ref job, &Normalize);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Normalize(ref Job job, int item)
    {
        int end = Math.Min(job.Rows, (item + 1) * RowsPerItem);
        for (int row = item * RowsPerItem; row < end; row++)
        {
            nint first = (nint)row * job.Columns;
            float* s = job.X + first;
            if (job.Sum != null)
            {
                Add(s, job.Residual + first, job.Sum + first, job.Columns);
                s = job.Sum + first;
            }
            Scale(s, 1 / MathF.Sqrt((SumOfSquares(s, job.Columns) / job.Columns) + job.Epsilon), job.Weight, job.Y + first, job.Columns);
        }
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

    private struct Job
    {
        public float* X, Residual, Weight, Y, Sum;
        public int Rows, Columns;
        public float Epsilon;
    }
}
