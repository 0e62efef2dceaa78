namespace Serverless.Functions.Dispatch;

/// <summary>How long a prompt is.</summary>
/// <param name="Tokens">As the model reads it.</param>
public sealed record PromptCount(int Tokens);
