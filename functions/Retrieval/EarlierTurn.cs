namespace Serverless.Functions.Retrieval;

/// <summary>A question of the conversation so far, and what it was answered.</summary>
public sealed record EarlierTurn(string Question, string Answer)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Question.Length} and {Answer.Length} chars]";
}
