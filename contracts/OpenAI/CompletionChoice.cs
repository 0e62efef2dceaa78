namespace Serverless.Contracts.OpenAI;

public sealed record CompletionChoice(int Index, string Text, string? FinishReason)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Index} [{Text?.Length ?? 0} chars] {FinishReason}";
}
