namespace Serverless.Functions.Dispatch;

/// <summary>The next piece of the answer.</summary>
public sealed record AnswerText(string Text) : AnswerEvent
{
    /// <summary>The model's tokens that have come with the piece, whose text may be empty as yet; null where the provider does not tell them.</summary>
    public IReadOnlyList<int>? Tokens { get; init; }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Text.Length} chars]";
}
