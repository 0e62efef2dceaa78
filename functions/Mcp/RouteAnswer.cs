namespace Serverless.Functions.Mcp;

/// <summary>What a tool <c>ask_...</c> gives.</summary>
/// <param name="Answered">False where the documents hold no answer and the route says so.</param>
/// <param name="Citations">What the answer rests on; <c>[n]</c> in it names the one of that number.</param>
public sealed record RouteAnswer(string Answer, bool Answered, IReadOnlyList<PassageView> Citations, string Model, string FinishReason)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Answer.Length} chars, {Citations.Count} citations]";
}
