using Serverless.Contracts.OpenAI;

namespace Serverless.Contracts.Tokenize;

/// <summary>The body of <c>POST /tokenize</c>: one text or several.</summary>
public sealed record TokenizeRequest
{
    public string? Model { get; init; }

    public StringOrList? Prompt { get; init; }

    /// <summary>Whether the begin-of-sequence token is counted; default true.</summary>
    public bool AddSpecialTokens { get; init; } = true;

    /// <summary>Whether the ids are returned beside the counts; default true.</summary>
    public bool ReturnTokens { get; init; } = true;
}
