using Serverless.GpuWorker.Constraints.Schemas;
using static Serverless.GpuWorker.Constraints.Patterns.PatternTree;

namespace Serverless.GpuWorker.Constraints.Patterns;

/// <summary>What notations of patterns have in common: alternatives of sequences, read one character after another. Errors give the place, never the text.</summary>
/// <param name="notation">What errors call it.</param>
internal abstract class NotationParser(string notation, string text)
{
    protected const int End = -1;

    private int _depth;

    /// <summary>The text's code points.</summary>
    protected int[] Text { get; } = [.. text.EnumerateRunes().Select(rune => rune.Value)];

    /// <summary>Where the next of them is.</summary>
    protected int At { get; set; }

    protected PatternTree ReadChoice()
    {
        if (++_depth > ConstraintLimits.PatternDepth)
            throw new SchemaException($"{notation} must have at most {ConstraintLimits.PatternDepth} groups within each other");

        var alternatives = new List<PatternTree> { ReadSequence() };
        while (Take('|'))
            alternatives.Add(ReadSequence());

        _depth--;
        return alternatives.Count == 1 ? alternatives[0] : new Choice(alternatives);
    }

    /// <summary>What stands between bars.</summary>
    protected abstract PatternTree ReadSequence();

    /// <param name="digits">1 to 8.</param>
    protected long ReadHex(int digits)
    {
        long value = 0;
        for (int i = 0; i < digits; i++)
            value = value * 16 + (Peek() is >= 0 and < 0x80 && char.IsAsciiHexDigit((char)Peek()) ? Convert.ToInt32($"{(char)Next()}", 16) : throw Malformed("an escape without its digits"));

        return value;
    }

    /// <exception cref="SchemaException">It is none, or half of a surrogate pair.</exception>
    protected int Character(long value) =>
        value is > CodePointSet.Last or (>= CodePointSet.FirstSurrogate and <= CodePointSet.LastSurrogate) ? throw Malformed("an escape of no character") : (int)value;

    protected static CodePointSet Single(int value) => CodePointSet.Of([(value, value)]);

    protected int Peek(int ahead = 0) => At + ahead < Text.Length ? Text[At + ahead] : End;

    protected int Next() => Text[At++];

    protected bool Take(char expected)
    {
        if (Peek() != expected)
            return false;

        At++;
        return true;
    }

    protected SchemaException Unsupported(string what) => new($"{notation} has {what}, which is not supported");

    protected SchemaException Malformed(string what) => new($"{notation} is malformed before character {At + 1}: {what}");
}
