namespace Serverless.Functions.Evaluation.Runs;

/// <summary>A question and its answer, kept only where a run asks for it.</summary>
public sealed record KeptAnswer(int Number, string Question, string? Answer)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Number} [{Question.Length + (Answer?.Length ?? 0)} chars]";
}
