using System.Text.Json.Serialization;

namespace Serverless.Contracts.OpenAI;

/// <summary>OpenAI's <c>prompt</c>: a text, texts, token ids, or lists of token ids. One of the two lists is null.</summary>
/// <param name="IsSingle">Whether it came as one text or one list of ids.</param>
[JsonConverter(typeof(PromptInputConverter))]
public sealed record PromptInput(IReadOnlyList<string>? Texts, IReadOnlyList<IReadOnlyList<int>>? Tokens, bool IsSingle = false)
{
    public static implicit operator PromptInput(string text) => new([text], null, IsSingle: true);

    public static implicit operator PromptInput(string[] texts) => new(texts, null);

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Texts?.Count ?? Tokens?.Count} prompts]";
}
