using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>Texts to embed, no more than the provider takes at once.</summary>
/// <param name="Instruction">What the texts are, for models that take it in words.</param>
/// <param name="Purpose">What they are, for models that take it as a choice.</param>
/// <param name="Client">An opaque name of the client that they are for.</param>
public sealed record EmbeddingCall(IReadOnlyList<string> Texts, string Instruction, EmbeddingPurpose Purpose, string? Client = null)
{
    /// <summary>How many numbers a vector is to have; null for as many as the model gives.</summary>
    public int? Dimensions { get; init; }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Texts.Count} texts]";
}
