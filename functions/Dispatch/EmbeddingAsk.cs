namespace Serverless.Functions.Dispatch;

/// <summary>What is to be embedded, and how.</summary>
/// <param name="Route">The route's name, or <c>name@version</c>.</param>
public sealed record EmbeddingAsk(string Route, IReadOnlyList<string> Texts, EmbeddingPurpose Purpose)
{
    /// <summary>An instruction of the caller's own; null for the route's for <see cref="Purpose"/>.</summary>
    public string? Instruction { get; init; }

    /// <summary>The end user that the caller names.</summary>
    public string? User { get; init; }

    /// <summary>How many numbers a vector is to have; null for as many as the model gives.</summary>
    public int? Dimensions { get; init; }

    /// <summary>Token ids in place of texts, a list for each; null for texts.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? Tokens { get; init; }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Route} [{Texts.Count} texts]";
}
