namespace Serverless.Functions.Dispatch;

/// <summary>A completion's prompts where they are not one text: several texts, or token ids. One of the two is null.</summary>
public sealed record PromptList(IReadOnlyList<string>? Texts, IReadOnlyList<IReadOnlyList<int>>? Tokens)
{
    public int Count => Texts?.Count ?? Tokens!.Count;

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Count} prompts]";
}
