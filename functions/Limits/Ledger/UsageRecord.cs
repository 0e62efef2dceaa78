namespace Serverless.Functions.Limits.Ledger;

/// <summary>One call of a model, as the ledger keeps it: a line of JSON. Never content.</summary>
public sealed record UsageRecord
{
    /// <summary>When the call ended, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    public required string RequestId { get; init; }

    /// <summary>The route that called the model.</summary>
    public required string Route { get; init; }

    public required int Version { get; init; }

    /// <summary>The route that was asked, where it is another: a rag route asks two.</summary>
    public string? Through { get; init; }

    public required string Client { get; init; }

    public required string Provider { get; init; }

    public required string Model { get; init; }

    /// <summary><c>chat</c>, <c>text_completion</c>, <c>embeddings</c> or <c>rerank</c>.</summary>
    public required string Kind { get; init; }

    public long PromptTokens { get; init; }

    /// <summary>Of the prompt's tokens, those that the provider had in its cache.</summary>
    public long CachedTokens { get; init; }

    public long CompletionTokens { get; init; }

    /// <summary>True where the provider did not tell the tokens and they were counted or estimated here. Null otherwise.</summary>
    public bool? Counted { get; init; }

    /// <summary>US dollars; null without a price.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary><c>ok</c>, <c>cancelled</c> (the client left), <c>refused</c> (by the provider, 4xx), <c>failed</c>, <c>cached</c> (given again) or <c>hedged</c> (asked beside the one that answered).</summary>
    public required string Status { get; init; }

    /// <summary>Milliseconds to the first token; null without one.</summary>
    public double? FirstTokenMs { get; init; }

    public double DurationMs { get; init; }
}
