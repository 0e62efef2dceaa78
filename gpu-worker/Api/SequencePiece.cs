namespace Serverless.GpuWorker.Api;

/// <summary>Text that a sequence has grown by, and its end when <see cref="Result"/> is there.</summary>
internal readonly record struct SequencePiece(int Index, string Text, SequenceResult? Result = null)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Index} [{Text?.Length ?? 0} chars]";
}
