namespace Serverless.Contracts.OpenAI;

public sealed record StreamOptions
{
    /// <summary>Whether a last chunk with empty choices carries the usage.</summary>
    public bool? IncludeUsage { get; init; }
}
