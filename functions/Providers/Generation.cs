using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>What to generate from: either chat messages or a raw prompt, never both.</summary>
public sealed record Generation
{
    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    public string? Prompt { get; init; }

    public GenerationSettings Settings { get; init; } = new();

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Prompt?.Length ?? 0} chars, {Messages?.Count ?? 0} messages]";
}
