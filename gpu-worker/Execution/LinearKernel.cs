using System.Runtime.CompilerServices;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// <c>serverless.Linear</c>: y[T, N] = x[T, K] W[N, K]^T with W as checkpoints store it, in f32, f16, bf16, or quantised by
/// <see cref="BlockQuantizer"/> (int8 [N, K], or int4 packed in uint8 [N, K/2]) with scales [N, K/32]. Narrow weights are widened a few
/// rows at a time, so that they stay narrow in memory. Rows do not depend on their batch mates (see <see cref="DotProducts"/>).
/// </summary>
internal sealed unsafe class LinearKernel : OperatorKernel
{
    /// <summary>Columns widened and multiplied at a time: their weights stay in the first-level cache while rows pass by.</summary>
    private const int ColumnsAtOnce = 8;

    private const int ColumnsPerItem = 32;

    /// <summary>Below this many multiply-adds, waking other threads costs more than it brings.</summary>
    private const long ParallelFrom = 1_000_000;

    public override void Compute(OperatorContext context)
    {
        var x = context.Input(0);
        var weight = context.Input(1);
        var scales = context.Input(2);
        var job = new Job
        {
            X = x.Floats,
            Rows = x.Dimension(0),
            K = x.Dimension(1),
            Weight = weight.Data,
            Type = (TensorElementType)weight.ElementType,
            Columns = weight.Dimension(0),
            Scales = scales.Floats,
        };
        long stored = job.Type == TensorElementType.UInt8 ? 2L * weight.Shape[1] : weight.Shape[1];
        if (stored != job.K)
            throw new ArgumentException($"Linear: x has {job.K} columns and the weight {stored}.");

        job.Y = context.Output(job.Rows, job.Columns);
        int items = (job.Columns + ColumnsPerItem - 1) / ColumnsPerItem;
        context.For(items, inline: (long)job.Rows * job.K * job.Columns < ParallelFrom, ref job, &Multiply);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(ref Job job, int item)
    {
        int end = Math.Min(job.Columns, (item + 1) * ColumnsPerItem);
        float* widened = job.Type == TensorElementType.Float ? null : (float*)OperatorScratch.Get(ColumnsAtOnce * job.K * sizeof(float));
        for (int column = item * ColumnsPerItem; column < end; column += ColumnsAtOnce)
        {
            int count = Math.Min(ColumnsAtOnce, end - column);
            float* rows = widened == null ? (float*)job.Weight + ((nint)column * job.K) : widened;
            if (widened != null)
                Widen(ref job, column, count, widened);

            DotProducts.Multiply(job.X, job.Rows, job.K, rows, count, job.K, job.K, job.Y + column, job.Columns);
        }
    }

    private static void Widen(ref Job job, int column, int count, float* destination)
    {
        nint first = (nint)column * job.K;
        int elements = count * job.K;
        var target = new Span<float>(destination, elements);
        switch (job.Type)
        {
            case TensorElementType.Float16:
                TensorTypes.Widen(TensorType.F16, new ReadOnlySpan<byte>((byte*)job.Weight + (2 * first), 2 * elements), target);
                break;
            case TensorElementType.BFloat16:
                TensorTypes.Widen(TensorType.BF16, new ReadOnlySpan<byte>((byte*)job.Weight + (2 * first), 2 * elements), target);
                break;
            case TensorElementType.Int8:
                BlockQuantizer.WidenInt8(new ReadOnlySpan<sbyte>((sbyte*)job.Weight + first, elements), Scales(ref job, first, elements), target);
                break;
            case TensorElementType.UInt8:
                BlockQuantizer.WidenInt4(new ReadOnlySpan<byte>((byte*)job.Weight + (first / 2), elements / 2), Scales(ref job, first, elements), target);
                break;
            default:
                throw new ArgumentException($"Linear: weights of type {job.Type} are not supported.");
        }
    }

    private static ReadOnlySpan<float> Scales(ref Job job, nint first, int elements) =>
        new(job.Scales + (first / BlockQuantizer.BlockSize), elements / BlockQuantizer.BlockSize);

    private struct Job
    {
        public float* X, Y, Scales;
        public void* Weight;
        public TensorElementType Type;
        public int Rows, K, Columns;
    }
}
