namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>An input of an operator: its data and shape, valid during the call.</summary>
internal readonly unsafe ref struct OperatorTensor(void* data, ReadOnlySpan<long> shape, int elementType)
{
    public readonly void* Data = data;
    public readonly ReadOnlySpan<long> Shape = shape;

    /// <summary>ONNX's TensorProto.DataType.</summary>
    public readonly int ElementType = elementType;

    public bool IsPresent => Data != null;

    public float* Floats => (float*)Data;

    public int* Ints => (int*)Data;

    public int Dimension(int axis) => checked((int)Shape[axis]);
}
