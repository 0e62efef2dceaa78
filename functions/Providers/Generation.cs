using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>What to generate from: either chat messages or a raw prompt, never both.</summary>
public sealed record Generation
{
    private static readonly GenerationSettings Unset = new();

    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    public string? Prompt { get; init; }

    /// <summary>Several prompts, or token ids; then <see cref="Prompt"/> is the first text, or empty.</summary>
    public PromptList? Prompts { get; init; }

    public GenerationSettings Settings { get; init; } = Unset;

    /// <summary>Tokens of an answer that broke off: it goes on after them. Only for a provider that can resume.</summary>
    public IReadOnlyList<int> Resume { get; init; } = [];

    /// <summary>Whether the caller reads piece by piece; otherwise a provider may answer in one piece.</summary>
    public bool Streams { get; init; } = true;

    /// <summary>An opaque name of the client, and its end user, that the answer is for: no two clients have the same one.</summary>
    public string? Client { get; init; }

    /// <summary>As <see cref="AnswerRequest.Betas"/>.</summary>
    public string? Betas { get; init; }

    /// <summary>The end user as the caller named it.</summary>
    public string? User { get; init; }

    public bool IsChat => Messages is not null;

    /// <summary>How many answers come: prompts x n.</summary>
    public int Answers => (Prompts?.Count ?? 1) * (Settings.N ?? 1);

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Prompt?.Length ?? 0} chars, {Messages?.Count ?? 0} messages]";
}
