namespace Serverless.Contracts.OpenAI;

/// <summary>The body of <c>POST /v1/completions</c>.</summary>
public sealed record CompletionRequest : GenerationRequest
{
    public StringOrList? Prompt { get; init; }
}
