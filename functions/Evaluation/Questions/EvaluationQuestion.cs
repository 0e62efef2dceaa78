namespace Serverless.Functions.Evaluation.Questions;

/// <summary>A labelled question of a set.</summary>
/// <param name="Id">Names it where its text is not kept: 1..64 of letters, digits, '_', '-', '.' and ':'; unique in the set.</param>
/// <param name="Kind">Groups questions, for example <c>paraphrase</c>; <c>unanswerable</c> is one that no document answers.</param>
/// <param name="Documents">Paths within the route's collection where the answer stands; empty where retrieval is not judged.</param>
/// <param name="Section">The heading above it; null for anywhere in the document.</param>
/// <param name="Expected">Texts of which an answer must hold one; empty where answers are not judged.</param>
public sealed record EvaluationQuestion(string Id, string Question, string? Kind, IReadOnlyList<string> Documents, string? Section, IReadOnlyList<string> Expected)
{
    public const string Unanswerable = "unanswerable";

    public bool IsAnswerable => Kind != Unanswerable;

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Id} [{Question.Length} chars]";
}
