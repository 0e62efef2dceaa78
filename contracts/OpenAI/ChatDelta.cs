namespace Serverless.Contracts.OpenAI;

/// <summary>What a chunk adds: the role once, then pieces of content.</summary>
public sealed record ChatDelta(string? Role = null, string? Content = null)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Role} [{Content?.Length ?? 0} chars]";
}
