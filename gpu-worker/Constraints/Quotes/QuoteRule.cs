namespace Serverless.GpuWorker.Constraints.Quotes;

/// <summary>That what an answer sets in quotation marks is to stand in one of some texts, byte for byte. Content of a request: never logged.</summary>
/// <param name="Sources">What may be quoted, valid Unicode; at most <see cref="MaxSourceBytes"/> in UTF-8 together.</param>
/// <param name="MinLength">Least characters (code points) of a quote, at least 1.</param>
/// <param name="MaxLength">Most characters of a quote, at least <paramref name="MinLength"/>.</param>
public sealed record QuoteRule(IReadOnlyList<string> Sources, int MinLength = 1, int MaxLength = int.MaxValue)
{
    /// <summary>The automaton takes about 30 times as much.</summary>
    public const int MaxSourceBytes = 256 * 1024;

    public override string ToString() => $"{Sources.Count} sources, {MinLength} to {MaxLength} characters";
}
