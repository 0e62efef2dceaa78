using System.Numerics.Tensors;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// <c>serverless.MaskedMeanPool</c>: the mean of each packed sequence's rows of hidden [T, d] where mask i32[T] is not 0; zeros where it is 0
/// throughout. cumulative_sequence_length is i32[B+1]; the result is [B, d].
/// </summary>
internal sealed unsafe class MaskedMeanPoolKernel : OperatorKernel
{
    public override void Compute(OperatorContext context)
    {
        var hidden = context.Input(0);
        int* mask = context.Input(1).Ints;
        var lengths = context.Input(2);
        int width = hidden.Dimension(1), sequences = lengths.Dimension(0) - 1;
        float* output = context.Output(sequences, width);
        for (int b = 0; b < sequences; b++)
        {
            var mean = new Span<float>(output + ((nint)b * width), width);
            mean.Clear();
            int pooled = 0;
            for (int t = lengths.Ints[b]; t < lengths.Ints[b + 1]; t++)
            {
                if (mask[t] == 0)
                    continue;

                TensorPrimitives.Add(mean, new ReadOnlySpan<float>(hidden.Floats + ((nint)t * width), width), mean);
                pooled++;
            }
            TensorPrimitives.Multiply(mean, 1f / Math.Max(pooled, 1), mean);
        }
    }
}
