namespace Serverless.Contracts.OpenAI;

/// <summary>Which function is called with what.</summary>
/// <param name="Arguments">JSON, as the model wrote it: perhaps not valid.</param>
public sealed record ToolFunction(string Name, string Arguments)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Arguments?.Length ?? 0} chars]";
}
