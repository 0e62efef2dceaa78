using System.Text.Json;

namespace Serverless.Contracts.OpenAI;

/// <summary>A part of a message: text, an image, a file or audio.</summary>
/// <param name="Text">Null for what is no text.</param>
/// <param name="ImageUrl">An https URL, or the image itself as <c>data:image/png;base64,...</c>; null for what is no image.</param>
/// <param name="Detail">OpenAI's <c>detail</c> of an image: <c>auto</c>, <c>low</c> or <c>high</c>.</param>
public sealed record ContentPart(string? Text, string? ImageUrl = null, string? Detail = null)
{
    /// <summary>Null for what is no file.</summary>
    public ContentFile? File { get; init; }

    /// <summary>Null for what is no audio.</summary>
    public ContentAudio? Audio { get; init; }

    /// <summary>Whether its text is all that it says.</summary>
    public bool IsText => ImageUrl is null && File is null && Audio is null;

    /// <summary>Anthropic's <c>cache_control</c>: the prompt up to here is worth keeping. Null for no mark.</summary>
    public JsonElement? CacheControl { get; init; }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => ImageUrl is { } image ? $"image [{image.Length} chars]" : File?.ToString() ?? Audio?.ToString() ?? $"[{Text?.Length ?? 0} chars]";
}
