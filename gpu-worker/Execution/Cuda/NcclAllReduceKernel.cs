using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Execution.Operators;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>Adds up a matrix [T, hidden] over the ranks of a group, in the device's memory and on its stream: fit to be captured in a CUDA graph.</summary>
internal sealed unsafe class NcclAllReduceKernel(NcclGroup group) : OperatorKernel
{
    public override void Compute(OperatorContext context)
    {
        var x = context.Input(0);
        int rows = x.Dimension(0), columns = x.Dimension(1);
        group.AllReduce((nint)x.Data, (nint)context.RawOutput(rows, columns), (long)rows * columns, (TensorElementType)x.ElementType, context.Stream);
    }
}
