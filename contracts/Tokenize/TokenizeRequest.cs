using Serverless.Contracts.OpenAI;

namespace Serverless.Contracts.Tokenize;

/// <summary>The body of <c>POST /tokenize</c>: one text or several.</summary>
public sealed record TokenizeRequest
{
    public string? Model { get; init; }

    public StringOrList? Prompt { get; init; }

    /// <summary>Whether the begin-of-sequence token is counted; true where nothing is said.</summary>
    public bool? AddSpecialTokens { get; init; }

    /// <summary>Whether the ids are returned beside the counts; true where nothing is said.</summary>
    public bool? ReturnTokens { get; init; }
}
