using Serverless.Contracts.OpenAI;
using Serverless.Functions.Clients;
using Serverless.Functions.Retrieval.Filters;

namespace Serverless.Functions.Dispatch;

/// <summary>One question to a chat, completions or rag route, in one shape for every wire format.</summary>
public sealed record AnswerRequest
{
    private static readonly GenerationSettings Unset = new();

    /// <summary>The route's name, or <c>name@version</c> to call an older version of it.</summary>
    public required string Route { get; init; }

    public required Caller Caller { get; init; }

    /// <summary>For chat routes (and rag routes asked in chat form: the last user turn is the question). Null otherwise.</summary>
    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    /// <summary>For completions routes: the prompt, or the first of several. Null otherwise.</summary>
    public string? Prompt { get; init; }

    /// <summary>For completions routes: prompts beyond the first, as texts or as token ids. Null for one text.</summary>
    public PromptList? Prompts { get; init; }

    /// <summary>For rag routes. Null otherwise.</summary>
    public string? Question { get; init; }

    /// <summary>For rag routes: what documents must fulfil. Null for no condition.</summary>
    public MetadataFilter? Filter { get; init; }

    public GenerationSettings Settings { get; init; } = Unset;

    /// <summary>The end user that the caller names; opaque.</summary>
    public string? User { get; init; }

    /// <summary>What is to be switched on at Anthropic, by name and commas; null for nothing.</summary>
    public string? Betas { get; init; }

    /// <summary>Whether the caller reads the answer piece by piece.</summary>
    public bool Streams { get; init; }

    /// <summary>Whether a stream over SignalR tells what the model thinks, in messages of their own.</summary>
    public bool ShowsThoughts { get; init; }

    /// <summary>Whether such a stream tells what it took before it ends.</summary>
    public bool IncludesUsage { get; init; }

    /// <summary>Whether the lengths of a stream's pieces are hidden from who sees its packets.</summary>
    public bool Obfuscates { get; init; }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Route} for {Caller.ClientId} [{(Prompt ?? Question)?.Length ?? 0} chars, {Messages?.Count ?? 0} messages]";
}
