using System.Runtime.CompilerServices;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// <c>serverless.Linear</c>: y[T, N] = x[T, K] W[N, K]^T with W as checkpoints store it, in f32, f16 or bf16, or up to three such one below the
/// other, whose columns of y follow each other. Narrow weights are widened a few rows at a time, or, for one row of x, in registers, so that they stay narrow in memory. Rows do not depend on their batch mates (see <see cref="DotProducts"/>).
/// </summary>
internal sealed unsafe class LinearKernel : OperatorKernel
{
    /// <summary>Columns widened and multiplied at a time: their weights stay in the first-level cache while rows pass by.</summary>
    private const int ColumnsAtOnce = 8;

    private const int ColumnsPerItem = 32;
    private const int MaxWeights = 3;

    /// <summary>Below this many multiply-adds, waking other threads costs more than it brings.</summary>
    private const long ParallelFrom = 1_000_000;

    public override void Compute(OperatorContext context)
    {
        var x = context.Input(0);
        var job = new Job { X = x.Floats, Rows = x.Dimension(0), K = x.Dimension(1) };
        for (int i = 1; i <= MaxWeights && context.Input(i) is { IsPresent: true } weight; i++)
        {
            if (weight.Shape[1] != job.K)
                throw new ArgumentException($"Linear: x has {job.K} columns and the weight {weight.Shape[1]}.");

            job.Width += weight.Dimension(0);
        }
        job.Y = context.Output(job.Rows, job.Width);
        for (int i = 1; i <= MaxWeights && context.Input(i) is { IsPresent: true } weight; i++)
        {
            job.Weight = weight.Data;
            job.Type = (TensorElementType)weight.ElementType;
            job.Columns = weight.Dimension(0);
            int items = (job.Columns + ColumnsPerItem - 1) / ColumnsPerItem;
            context.For(items, inline: (long)job.Rows * job.K * job.Columns < ParallelFrom, ref job, &Multiply);
            job.Y += job.Columns;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(ref Job job, int item)
    {
        int end = Math.Min(job.Columns, (item + 1) * ColumnsPerItem);
        if (job.Rows == 1 && job.Type != TensorElementType.Float)
        {
            MultiplyOneRow(ref job, item * ColumnsPerItem, end);
            return;
        }

        float* widened = job.Type == TensorElementType.Float ? null : (float*)OperatorScratch.Get(ColumnsAtOnce * job.K * sizeof(float));
        for (int column = item * ColumnsPerItem; column < end; column += ColumnsAtOnce)
        {
            int count = Math.Min(ColumnsAtOnce, end - column);
            float* rows = widened == null ? (float*)job.Weight + ((nint)column * job.K) : widened;
            if (widened != null)
                Widen(ref job, column, count, widened);

            DotProducts.Multiply(job.X, job.Rows, job.K, rows, count, job.K, job.K, job.Y + column, job.Width);
        }
    }

    private static void MultiplyOneRow(ref Job job, int column, int end)
    {
        ushort* rows = (ushort*)job.Weight + ((nint)column * job.K);
        if (job.Type == TensorElementType.Float16)
            NarrowDotProducts.OneRow<HalfFloat>(job.X, rows, end - column, job.K, job.Y + column);
        else if (job.Type == TensorElementType.BFloat16)
            NarrowDotProducts.OneRow<BrainFloat>(job.X, rows, end - column, job.K, job.Y + column);
        else
            throw Unsupported(job.Type);
    }

    private static ArgumentException Unsupported(TensorElementType type) => new($"Linear: weights of type {type} are not supported.");

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
            default:
                throw Unsupported(job.Type);
        }
    }

    private struct Job
    {
        public float* X, Y;
        public void* Weight;
        public TensorElementType Type;
        public int Rows, K, Columns, Width;
    }
}
