namespace Serverless.Contracts.OpenAI;

public sealed record CompletionChoice(int Index, string Text, string? FinishReason, CompletionLogprobs? Logprobs = null, IReadOnlyList<int>? TokenIds = null)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Index} [{Text?.Length ?? 0} chars] {FinishReason}";
}
