namespace Serverless.Functions.Guards;

/// <summary>A route's guards.</summary>
/// <param name="Input">For prompts, messages, questions and texts to embed.</param>
/// <param name="Output">For answers.</param>
public sealed record GuardSettings(IReadOnlyList<GuardRule> Input, IReadOnlyList<GuardRule> Output)
{
    public override string ToString() => $"{Input.Count} in, {Output.Count} out";
}
