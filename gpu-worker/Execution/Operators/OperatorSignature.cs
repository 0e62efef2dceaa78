using Microsoft.ML.OnnxRuntime.Tensors;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>What ONNX Runtime is told of an operator of ours.</summary>
/// <param name="InputTypes">At most 32 element types; 0 is any, the same for all that are 0.</param>
internal sealed record OperatorSignature(string Name, int[] InputTypes)
{
    /// <summary>Inputs that a node may leave out.</summary>
    public IReadOnlyList<int> Optional { get; init; } = [];

    /// <summary>At least 1; those behind the first may be left out by a node.</summary>
    public int Outputs { get; init; } = 1;

    /// <summary>Of every output; 0 is that of the inputs of any type.</summary>
    public int OutputType { get; init; } = (int)TensorElementType.Float;

    /// <summary>Whether the only output lies where the first input does: what the kernel yields is the same memory as another type.</summary>
    public bool IsView { get; init; }

    /// <summary>The provider in whose memory inputs and outputs lie, for example <c>CUDAExecutionProvider</c>; null is the CPU's.</summary>
    public string? ExecutionProvider { get; init; }
}
