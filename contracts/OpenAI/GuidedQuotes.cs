namespace Serverless.Contracts.OpenAI;

/// <summary>What an answer may set in quotation marks: nothing but what stands in a source, byte for byte.</summary>
/// <param name="Sources">1 to 64 texts, 256 KiB of UTF-8 together.</param>
/// <param name="MinLength">Least characters of a quote, 1..1,000; 1 when null.</param>
/// <param name="MaxLength">Most characters of a quote, <paramref name="MinLength"/>..100,000; null for no limit.</param>
public sealed record GuidedQuotes(IReadOnlyList<string>? Sources = null, int? MinLength = null, int? MaxLength = null)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{nameof(GuidedQuotes)} [{Sources?.Count ?? 0} sources]";
}
