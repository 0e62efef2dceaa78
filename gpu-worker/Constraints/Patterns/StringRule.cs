namespace Serverless.GpuWorker.Constraints.Patterns;

/// <summary>What a string is held to.</summary>
/// <param name="Patterns">All of which it matches.</param>
/// <param name="Least">Characters.</param>
/// <param name="Most">Characters; <see cref="int.MaxValue"/> for any number.</param>
/// <param name="Not">Patterns of which it matches none; null for no such.</param>
/// <param name="Except">What it is not; null for nothing.</param>
internal sealed record StringRule(IReadOnlyList<string> Patterns, int Least = 0, int Most = int.MaxValue, IReadOnlyList<string>? Not = null, IReadOnlyCollection<string>? Except = null)
{
    public static readonly StringRule Any = new([]);

    /// <summary>Whether lengths are all that is asked.</summary>
    public bool IsOfLengths => Patterns.Count == 0 && Not is null && Except is null;

    public bool IsAny => IsOfLengths && Least == 0 && Most == int.MaxValue;

    /// <summary>The same with more patterns.</summary>
    public StringRule With(IEnumerable<string> patterns) => this with { Patterns = [.. Patterns.Concat(patterns).Distinct().Order(StringComparer.Ordinal)] };
}
