namespace Serverless.GpuWorker.Model.Checkpoints;

/// <summary>Where weights are taken from: tensors by name, row-major.</summary>
internal interface IWeightSource
{
    /// <summary>Whether <see cref="Bytes"/> can be had, so that tensors may be used where they lie.</summary>
    bool IsMapped { get; }

    /// <summary>The tensor's element type, after its shape has been checked.</summary>
    /// <exception cref="CheckpointException">It is missing or has another shape.</exception>
    TensorType TypeOf(string tensor, params int[] shape);

    /// <summary>The tensor's bytes where they lie, valid for the source's life.</summary>
    ReadOnlySpan<byte> Bytes(string tensor);

    /// <summary>Reads some of the tensor's bytes; safe for concurrent calls.</summary>
    /// <param name="offset">Bytes from the tensor's start.</param>
    void Read(string tensor, long offset, Span<byte> destination);
}
