namespace Serverless.Functions.Retrieval;

/// <summary>What a rag route asks its completions route.</summary>
/// <param name="System">The system part of the prompt.</param>
/// <param name="User">The user part: the template with context and question filled in.</param>
/// <param name="Citations">The passages in it, in the order they stand there.</param>
public sealed record AnswerPlan(string System, string User, IReadOnlyList<Citation> Citations)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{System.Length + User.Length} chars, {Citations.Count} citations]";
}
