using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>What to generate from: either chat messages or a raw prompt, never both.</summary>
public sealed record Generation
{
    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    public string? Prompt { get; init; }

    public GenerationSettings Settings { get; init; } = new();

    /// <summary>Tokens of an answer that broke off: it goes on after them. Only for a provider that can resume.</summary>
    public IReadOnlyList<int> Resume { get; init; } = [];

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Prompt?.Length ?? 0} chars, {Messages?.Count ?? 0} messages]";
}
