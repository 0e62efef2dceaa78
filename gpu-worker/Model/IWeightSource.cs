namespace Serverless.GpuWorker.Model;

/// <summary>Where a <see cref="WeightStore"/> takes tensors from.</summary>
internal interface IWeightSource
{
    /// <summary>Whether a tensor's bytes are its own and stay valid for the source's life, so that they may be used where they lie.</summary>
    bool IsMapped { get; }

    /// <summary>The tensor's element type, after its shape has been checked.</summary>
    /// <exception cref="CheckpointException">It is missing or has another shape.</exception>
    TensorType TypeOf(string tensor, params int[] shape);

    /// <summary>The tensor's bytes, row-major; safe for concurrent calls.</summary>
    ReadOnlySpan<byte> Bytes(string tensor);
}
