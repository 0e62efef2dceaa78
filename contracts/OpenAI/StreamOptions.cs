namespace Serverless.Contracts.OpenAI;

public sealed record StreamOptions
{
    /// <summary>Whether a last chunk with empty choices carries the usage.</summary>
    public bool? IncludeUsage { get; init; }

    /// <summary>Whether the other chunks carry it as well, as far as it has come. vLLM's.</summary>
    public bool? ContinuousUsageStats { get; init; }
}
