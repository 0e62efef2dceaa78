namespace Serverless.Functions.Evaluation.Runs;

/// <summary>What is kept of one question asked of one route: figures, no word of question or answer. A null figure is one that does not apply.</summary>
public sealed record QuestionResult
{
    /// <summary>From 0, in the order of the set.</summary>
    public required int Number { get; init; }

    public required string Id { get; init; }

    public string? Kind { get; init; }

    public required bool Answerable { get; init; }

    /// <summary>The error's code where there was no answer; then there are no figures.</summary>
    public string? Error { get; init; }

    public double? Recall { get; init; }

    public double? ReciprocalRank { get; init; }

    public double? Ndcg { get; init; }

    /// <summary>1 or 0.</summary>
    public double? Containment { get; init; }

    public double? TokenF1 { get; init; }

    public double? CitationPrecision { get; init; }

    public bool? Refused { get; init; }

    /// <summary>Milliseconds to the end of the answer, of the attempt that gave it.</summary>
    public double? LatencyMs { get; init; }

    /// <summary>Milliseconds to its first piece.</summary>
    public double? FirstTokenMs { get; init; }

    public int? PromptTokens { get; init; }

    public int? CompletionTokens { get; init; }

    /// <summary>US dollars by the price table; null where the model has no price or the provider counts no tokens.</summary>
    public decimal? CostUsd { get; init; }
}
