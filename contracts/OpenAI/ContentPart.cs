namespace Serverless.Contracts.OpenAI;

/// <summary>A part of a message: text or an image.</summary>
/// <param name="Text">Null for an image.</param>
/// <param name="ImageUrl">An https URL, or the image itself as <c>data:image/png;base64,...</c>; null for text.</param>
/// <param name="Detail">OpenAI's <c>detail</c> of an image: <c>auto</c>, <c>low</c> or <c>high</c>.</param>
public sealed record ContentPart(string? Text, string? ImageUrl = null, string? Detail = null)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => ImageUrl is null ? $"[{Text?.Length ?? 0} chars]" : $"image [{ImageUrl.Length} chars]";
}
