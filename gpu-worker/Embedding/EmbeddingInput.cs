namespace Serverless.GpuWorker.Embedding;

/// <summary>A text, and the instruction that says what its vector is for (may be empty).</summary>
public readonly record struct EmbeddingInput(string Instruction, string Text)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Text?.Length ?? 0} chars]";
}
