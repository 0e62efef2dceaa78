namespace Serverless.Contracts.OpenAI;

/// <summary>The body of <c>POST /v1/chat/completions</c>.</summary>
public sealed record ChatCompletionRequest : GenerationRequest
{
    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    /// <summary>OpenAI's newer name of max_tokens; it wins when both are given.</summary>
    public int? MaxCompletionTokens { get; init; }
}
