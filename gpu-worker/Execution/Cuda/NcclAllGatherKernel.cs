using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Execution.Operators;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>
/// <c>serverless.AllGather</c>: y[ranks, T, N] = the ranks' x[T, N], in the order of ranks, in the device's memory and on its stream: fit to be captured in a CUDA graph, whose sizes are fixed.
/// </summary>
internal sealed unsafe class NcclAllGatherKernel(NcclGroup group) : OperatorKernel
{
    public override void Compute(OperatorContext context)
    {
        var x = context.Input(0);
        int rows = x.Dimension(0), columns = x.Dimension(1);
        group.AllGather((nint)x.Data, (nint)context.RawOutput(group.Ranks, rows, columns), (long)rows * columns, (TensorElementType)x.ElementType, context.Stream);
    }
}
