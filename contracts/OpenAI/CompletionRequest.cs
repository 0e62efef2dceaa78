namespace Serverless.Contracts.OpenAI;

/// <summary>The body of <c>POST /v1/completions</c>.</summary>
public sealed record CompletionRequest : GenerationRequest
{
    public PromptInput? Prompt { get; init; }

    /// <summary>Whether the answer begins with the prompt, with whose tokens' log probabilities where <see cref="Logprobs"/> asks for any.</summary>
    public bool? Echo { get; init; }

    /// <summary>Tells each token's log probability, and this many of the likeliest tokens with it, 0..20.</summary>
    public int? Logprobs { get; init; }
}
