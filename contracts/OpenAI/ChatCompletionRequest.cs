namespace Serverless.Contracts.OpenAI;

/// <summary>The body of <c>POST /v1/chat/completions</c>.</summary>
public sealed record ChatCompletionRequest : GenerationRequest
{
    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    /// <summary>OpenAI's newer name of max_tokens; it wins when both are given.</summary>
    public int? MaxCompletionTokens { get; init; }

    /// <summary>Whether each token's log probability is told.</summary>
    public bool? Logprobs { get; init; }

    /// <summary>How many of the likeliest tokens are told with each one, 0..20; needs <see cref="Logprobs"/>.</summary>
    public int? TopLogprobs { get; init; }
}
