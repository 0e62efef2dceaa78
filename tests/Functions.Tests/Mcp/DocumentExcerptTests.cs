using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Mcp;

namespace Serverless.Functions.Tests.Mcp;

public sealed class DocumentExcerptTests
{
    private static readonly Arbitrary<(string Text, int Most, int? Start, int? End)> Cases = (
        from parts in Gen.Elements("a", "é", "🌳", "word ", "\n").ListOf()
        from most in Gen.Choose(2, 40)
        from start in Gen.Choose(-1, 60)
        from length in Gen.Choose(0, 60)
        select (string.Concat(parts), most, start < 0 ? (int?)null : start, start < 0 ? (int?)null : start + length)).ToArbitrary();

    [Fact]
    public void Of_AnyTextAndPassage_IsAPartOfItThatSplitsNoCharacterAndHoldsThePassage() => Prop.ForAll(Cases, given =>
    {
        var excerpt = DocumentExcerpt.Of(given.Text, given.Start, given.End, given.Most);
        Assert.Equal(given.Text[excerpt.Start..excerpt.End], excerpt.Text);
        Assert.True(excerpt.Text.Length <= given.Most && excerpt.Length == given.Text.Length);
        Assert.False(excerpt.Text.Length > 0 && (char.IsLowSurrogate(excerpt.Text[0]) || char.IsHighSurrogate(excerpt.Text[^1])));
        // Two units less at the most, for a character that did not fit.
        if (given is { Start: { } start, End: { } end } && end - start <= given.Most && end <= given.Text.Length) Assert.True(excerpt.Start <= start + 1 && excerpt.End >= end - 1);
        return true;
    }).QuickCheckThrowOnFailure();

    /// <summary>Whoever reads part after part reads all of it once.</summary>
    [Fact]
    public void Of_PartsThatFollowEachOther_AreTheText() => Prop.ForAll(Cases, given =>
    {
        var (read, at) = ("", 0);
        do
        {
            var part = DocumentExcerpt.Of(given.Text, at, at + given.Most, given.Most);
            read += part.Text;
            at = part.End;
        }
        while (at < given.Text.Length);
        return read == given.Text;
    }).QuickCheckThrowOnFailure();
}
