namespace Serverless.Functions.Dispatch;

/// <summary>The next piece of the answer.</summary>
public sealed record AnswerText(string Text) : AnswerEvent
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Text.Length} chars]";
}
