namespace Serverless.Functions.Retrieval;

/// <summary>What a rag route asks its completions route.</summary>
/// <param name="System">The system part of the prompt.</param>
/// <param name="User">The user part: the template with context and question filled in.</param>
/// <param name="Citations">The passages in it, best first: the n-th is numbered [n] in the prompt.</param>
public sealed record AnswerPlan(string System, string User, IReadOnlyList<Citation> Citations)
{
    /// <summary>Turns of the conversation that come between the system part and the user part, oldest first.</summary>
    public IReadOnlyList<EarlierTurn> History { get; init; } = [];

    /// <summary>The answer where the documents hold none, and no model is to be asked; null where one is.</summary>
    public string? Refusal { get; init; }

    /// <summary>A plan to say that the documents do not answer this.</summary>
    public static AnswerPlan Refuse(string words) => new(string.Empty, string.Empty, []) { Refusal = words };

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{System.Length + User.Length} chars after {History.Count} turns, {Citations.Count} citations]";
}
