using System.Runtime.CompilerServices;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// <c>serverless.SwiGLU</c>: y[T, I] = silu(gate) * up of [T, 2I], which is gate and then up in each row, with I a multiple of 8; element by
/// element, so independent of the batch.
/// </summary>
internal sealed unsafe class SwiGluKernel : OperatorKernel
{
    private const int RowsPerItem = 8;

    public override void Compute(OperatorContext context)
    {
        var x = context.Input(0);
        var job = new Job { X = x.Floats, Rows = x.Dimension(0), Columns = x.Dimension(1) / 2 };
        job.Y = context.Output(job.Rows, job.Columns);
        context.For((job.Rows + RowsPerItem - 1) / RowsPerItem, inline: job.Rows <= RowsPerItem, ref job, &Gate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gate(ref Job job, int item)
    {
        int end = Math.Min(job.Rows, (item + 1) * RowsPerItem);
        for (int row = item * RowsPerItem; row < end; row++)
        {
            nint columns = job.Columns;
            SwiGluRow.Gate(job.X + (2 * row * columns), job.Y + (row * columns), job.Columns);
        }
    }

    private struct Job
    {
        public float* X, Y;
        public int Rows, Columns;
    }
}
