namespace Serverless.GpuWorker.Embedding;

/// <summary>One text on its way through the encoder.</summary>
internal sealed class EncodeJob(EncoderInput input, CancellationToken cancellationToken)
{
    public EncoderInput Input { get; } = input;

    public int Length => Input.Ids.Length;

    public bool IsAbandoned => cancellationToken.IsCancellationRequested;

    /// <summary>Completes with the vector, off the runner's thread.</summary>
    public TaskCompletionSource<float[]> Vector { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
