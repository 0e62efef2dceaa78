using Serverless.Contracts.OpenAI;

namespace Serverless.Contracts.Tokenize;

/// <summary>The body of <c>POST /tokenize</c>: one text or several, or, as vLLM has it, a chat, whose tokens are those of the prompt that it becomes.</summary>
public sealed record TokenizeRequest
{
    public string? Model { get; init; }

    public StringOrList? Prompt { get; init; }

    /// <summary>A chat in place of texts.</summary>
    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    /// <summary>Whether the begin-of-sequence token is counted; true where nothing is said.</summary>
    public bool? AddSpecialTokens { get; init; }

    /// <summary>Whether the ids are returned beside the counts; true where nothing is said.</summary>
    public bool? ReturnTokens { get; init; }
}
