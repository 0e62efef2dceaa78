namespace Serverless.GpuWorker.Constraints.Patterns;

/// <summary>What a string is held to.</summary>
/// <param name="Patterns">All of which it matches.</param>
/// <param name="Least">Characters.</param>
/// <param name="Most">Characters; <see cref="int.MaxValue"/> for any number.</param>
internal sealed record StringRule(IReadOnlyList<string> Patterns, int Least = 0, int Most = int.MaxValue)
{
    public static readonly StringRule Any = new([]);

    public bool IsAny => Patterns.Count == 0 && Least == 0 && Most == int.MaxValue;

    /// <summary>The same with more patterns.</summary>
    public StringRule With(IEnumerable<string> patterns) => this with { Patterns = [.. Patterns.Concat(patterns).Distinct().Order(StringComparer.Ordinal)] };
}
