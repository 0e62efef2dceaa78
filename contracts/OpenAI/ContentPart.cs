using System.Text.Json;

namespace Serverless.Contracts.OpenAI;

/// <summary>A part of a message: text or an image.</summary>
/// <param name="Text">Null for an image.</param>
/// <param name="ImageUrl">An https URL, or the image itself as <c>data:image/png;base64,...</c>; null for text.</param>
/// <param name="Detail">OpenAI's <c>detail</c> of an image: <c>auto</c>, <c>low</c> or <c>high</c>.</param>
public sealed record ContentPart(string? Text, string? ImageUrl = null, string? Detail = null)
{
    /// <summary>Anthropic's <c>cache_control</c>: the prompt up to here is worth keeping. Null for no mark.</summary>
    public JsonElement? CacheControl { get; init; }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => ImageUrl is null ? $"[{Text?.Length ?? 0} chars]" : $"image [{ImageUrl.Length} chars]";
}
