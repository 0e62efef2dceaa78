namespace Serverless.Functions.Dispatch;

/// <summary>How to generate; a null leaves the route's or the provider's default.</summary>
public sealed record GenerationSettings
{
    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public int? TopK { get; init; }

    public int? MaxTokens { get; init; }

    public IReadOnlyList<string>? Stop { get; init; }

    public long? Seed { get; init; }

    public double? PresencePenalty { get; init; }

    public double? FrequencyPenalty { get; init; }
}
