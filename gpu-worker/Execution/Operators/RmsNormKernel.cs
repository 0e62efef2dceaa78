using System.Runtime.CompilerServices;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// <c>serverless.RmsNorm</c>: of x[T, K], a weight[K] and, where there is one, a residual[T, K]: y[T, K] = s / sqrt(mean(s^2) + epsilon) * weight with s = x + residual (Zhang and
/// Sennrich, 2019), and s itself as the second output; row by row (<see cref="RmsNormRow"/>). ONNX Runtime's SkipSimplifiedLayerNormalization does the same and sums one
/// square after the other, which takes several times as long.
/// </summary>
internal sealed unsafe class RmsNormKernel(float epsilon) : OperatorKernel
{
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
            if (job.Sum != null)
                RmsNormRow.AddAndNormalize(job.X + first, job.Residual + first, job.Sum + first, job.Weight, job.Y + first, job.Columns, job.Epsilon);
            else
                RmsNormRow.Normalize(job.X + first, job.Weight, job.Y + first, job.Columns, job.Epsilon);
        }
    }

    private struct Job
    {
        public float* X, Residual, Weight, Y, Sum;
        public int Rows, Columns;
        public float Epsilon;
    }
}
