using Serverless.Functions.Retrieval.Filters;

namespace Serverless.Functions.Retrieval;

/// <summary>What a rag route is asked.</summary>
/// <param name="Text">The question: the last user turn.</param>
public sealed record AnswerQuestion(string Text)
{
    /// <summary>The user's turns before it, oldest first; empty for the first question.</summary>
    public IReadOnlyList<string> Earlier { get; init; } = [];

    /// <summary>The conversation before it, oldest first: what a route's <see cref="RagSettings.HistoryTurns"/> takes from.</summary>
    public IReadOnlyList<EarlierTurn> History { get; init; } = [];

    /// <summary>The caller's own system message, which comes after the route's; null for none.</summary>
    public string? System { get; init; }

    /// <summary>What documents must fulfil beside the route's own condition; null for none.</summary>
    public MetadataFilter? Filter { get; init; }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Text.Length} chars after {Earlier.Count} turns]";
}
