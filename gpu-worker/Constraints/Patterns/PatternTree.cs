namespace Serverless.GpuWorker.Constraints.Patterns;

/// <summary>A regular expression as it was written.</summary>
internal abstract record PatternTree
{
    /// <summary>The pattern of some texts, each as a whole.</summary>
    public static PatternTree Whole(IEnumerable<string> texts) => new Sequence([new Anchor(true), new Choice([.. texts.Select(Of)]), new Anchor(false)]);

    private static Sequence Of(string text) => new([.. text.EnumerateRunes().Select(rune => new Character(CodePointSet.Of([(rune.Value, rune.Value)])))]);

    /// <summary>One character of a set; an empty set is never met.</summary>
    public sealed record Character(CodePointSet Set) : PatternTree;

    /// <summary>One after the other; none is the empty text.</summary>
    public sealed record Sequence(IReadOnlyList<PatternTree> Parts) : PatternTree;

    public sealed record Choice(IReadOnlyList<PatternTree> Alternatives) : PatternTree;

    /// <param name="Most"><see cref="int.MaxValue"/> for any number.</param>
    public sealed record Repeat(PatternTree Body, int Least, int Most) : PatternTree;

    /// <summary><c>\b</c>: between a character of a word and one that is none, or an end; or <c>\B</c>, everywhere else.</summary>
    public sealed record Boundary(bool IsNegated) : PatternTree;

    /// <summary>A text of one of a grammar's rules, by its number.</summary>
    public sealed record Reference(int Rule) : PatternTree;

    /// <summary><c>^</c> or <c>$</c>: the string's start or end.</summary>
    public sealed record Anchor(bool IsStart) : PatternTree;
}
