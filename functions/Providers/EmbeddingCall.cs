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

    /// <summary>Token ids in place of texts, a list for each; null for texts.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? Tokens { get; init; }

    /// <summary>How many vectors are asked for.</summary>
    public int Count => Tokens?.Count ?? Texts.Count;

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Count} texts]";
}
