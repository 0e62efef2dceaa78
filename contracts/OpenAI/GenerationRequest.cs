namespace Serverless.Contracts.OpenAI;

/// <summary>What the bodies of a chat and of a completion have in common: which model, and how it generates.</summary>
public abstract record GenerationRequest
{
    public string? Model { get; init; }

    /// <summary>0..2; 0 is greedy. Null means the server's default.</summary>
    public double? Temperature { get; init; }

    /// <summary>0 (exclusive) to 1.</summary>
    public double? TopP { get; init; }

    /// <summary>At least 1; null means no limit.</summary>
    public int? TopK { get; init; }

    public int? MaxTokens { get; init; }

    public int? N { get; init; }

    public StringOrList? Stop { get; init; }

    public long? Seed { get; init; }

    /// <summary>-2..2.</summary>
    public double? PresencePenalty { get; init; }

    /// <summary>-2..2.</summary>
    public double? FrequencyPenalty { get; init; }

    public bool Stream { get; init; }

    public StreamOptions? StreamOptions { get; init; }

    /// <summary>An opaque name of the end user, for fairness among callers; never logged.</summary>
    public string? User { get; init; }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public sealed override string ToString() => GetType().Name;
}
