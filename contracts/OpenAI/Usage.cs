using System.Text.Json.Serialization;

namespace Serverless.Contracts.OpenAI;

/// <summary>Tokens counted by the model's own tokenizer.</summary>
[method: JsonConstructor]
public sealed record Usage(int PromptTokens, int CompletionTokens, int TotalTokens)
{
    public Usage(int promptTokens, int completionTokens)
        : this(promptTokens, completionTokens, promptTokens + completionTokens)
    {
    }

    /// <summary>Null when the provider does not say.</summary>
    public PromptTokensDetails? PromptTokensDetails { get; init; }
}
