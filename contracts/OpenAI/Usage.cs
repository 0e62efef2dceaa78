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

    /// <summary>What of the prompt was cheaper; null where the provider does not say.</summary>
    public PromptTokensDetails? PromptTokensDetails { get; init; }

    /// <summary>What the answer's tokens were spent on; null where the provider does not say.</summary>
    public CompletionTokensDetails? CompletionTokensDetails { get; init; }

    /// <summary>Tokens of the prompt that came from a cache; they are in <see cref="PromptTokens"/> too.</summary>
    [JsonIgnore]
    public int CachedTokens => PromptTokensDetails?.CachedTokens ?? 0;

    /// <summary>Tokens of the prompt that were written to a cache; they are in <see cref="PromptTokens"/> too.</summary>
    [JsonIgnore]
    public int CacheCreationTokens => PromptTokensDetails?.CacheCreationTokens ?? 0;

    /// <param name="cached">Null where the provider does not say.</param>
    /// <param name="written">Of the prompt, to a cache; null where the provider does not say.</param>
    public static Usage Of(int prompt, int completion, int? cached, int? written = null) =>
        new(prompt, completion) { PromptTokensDetails = cached is not null || written > 0 ? new PromptTokensDetails(cached ?? 0) { CacheCreationTokens = written > 0 ? written : null } : null };
}
