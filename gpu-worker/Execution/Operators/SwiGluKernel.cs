using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// <c>serverless.SwiGLU</c>: y[T, I] = silu(gate) * up of [T, 2I], which is gate and then up in each row, with I a multiple of 8; element by
/// element, so independent of the batch.
/// </summary>
internal sealed unsafe class SwiGluKernel : OperatorKernel
{
    private const int Lanes = 8;
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
            float* y = job.Y + ((nint)row * job.Columns), gates = job.X + (2 * (nint)row * job.Columns), ups = gates + job.Columns;
            for (int i = 0; i < job.Columns; i += Lanes)
            {
                var gate = Vector256.Load(gates + i);
                // sigmoid(x) = 1 / (1 + exp(-|x|)) for x of zero and more, and exp(-|x|) times that for others.
                var exponential = Exponential.OfNonPositive(-Vector256.Abs(gate));
                var numerator = Vector256.ConditionalSelect(Vector256.LessThan(gate, Vector256<float>.Zero), gate * exponential, gate);
                (numerator / (Vector256<float>.One + exponential) * Vector256.Load(ups + i)).Store(y + i);
            }
        }
    }

    private struct Job
    {
        public float* X, Y;
        public int Rows, Columns;
    }
}
