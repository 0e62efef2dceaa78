using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Execution;

/// <summary><c>serverless.SwiGLU</c>: y = silu(gate) * up, each [T, I] with I a multiple of 8; element by element, so independent of the batch.</summary>
internal sealed unsafe class SwiGluKernel : OperatorKernel
{
    private const int Lanes = 8;
    private const int RowsPerItem = 8;

    public override void Compute(OperatorContext context)
    {
        var gate = context.Input(0);
        var job = new Job { Gate = gate.Floats, Up = context.Input(1).Floats, Rows = gate.Dimension(0), Columns = gate.Dimension(1) };
        job.Y = context.Output(job.Rows, job.Columns);
        context.For((job.Rows + RowsPerItem - 1) / RowsPerItem, inline: job.Rows <= RowsPerItem, ref job, &Gate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gate(ref Job job, int item)
    {
        nint end = (nint)Math.Min(job.Rows, (item + 1) * RowsPerItem) * job.Columns;
        for (nint i = (nint)item * RowsPerItem * job.Columns; i < end; i += Lanes)
        {
            var gate = Vector256.Load(job.Gate + i);
            var silu = gate / (Vector256<float>.One + Vector256.Exp(-gate));
            (silu * Vector256.Load(job.Up + i)).Store(job.Y + i);
        }
    }

    private struct Job
    {
        public float* Gate, Up, Y;
        public int Rows, Columns;
    }
}
