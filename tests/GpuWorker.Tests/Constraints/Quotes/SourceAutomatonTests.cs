using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Constraints.Quotes;

namespace Serverless.GpuWorker.Tests.Constraints.Quotes;

public sealed class SourceAutomatonTests
{
    private const string Letters = "ab é日🌱\"”\n";

    [Fact]
    public void Next_AnyTexts_TakesWhatOccursAndNothingElse() => Prop.ForAll(Gen.ArrayOf(Text()).ToArbitrary(), Text().ToArbitrary(), (sources, wanted) =>
    {
        var automaton = SourceAutomaton.Of(sources);
        int node = SourceAutomaton.Root;
        foreach (byte value in Encoding.UTF8.GetBytes(wanted))
            if ((node = automaton.Next(node, value)) == SourceAutomaton.None)
                break;

        bool canBegin = wanted.Length == 0 || !char.IsWhiteSpace(wanted[0]);
        bool occurs = wanted.Length == 0 || sources.Any(source => source.Split([.. MarkBytes.All]).Any(piece => piece.Contains(wanted, StringComparison.Ordinal)));
        Assert.Equal(canBegin && occurs, node != SourceAutomaton.None);
        if (node is SourceAutomaton.None or SourceAutomaton.Root)
            return;

        Assert.True(automaton.IsWhole(node));
        Assert.Equal(Furthest(sources, wanted), automaton.Reach(node));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void IsWhole_WithinACharacter_IsFalse()
    {
        var automaton = SourceAutomaton.Of(["日本"]);
        int node = SourceAutomaton.Root;
        List<bool> whole = [];
        foreach (byte value in Encoding.UTF8.GetBytes("日本"))
            whole.Add(automaton.IsWhole(node = automaton.Next(node, value)));

        Assert.Equal([false, false, true, false, false, true], whole);
    }

    /// <summary>The texts that make suffix automata largest, and those that make naive ones quadratic.</summary>
    [Theory]
    [InlineData("a", "a")]
    [InlineData("a", "b")]
    [InlineData("ab", "c")]
    public void Of_MostThatIsPermitted_StaysInProportion(string repeated, string last)
    {
        string text = string.Concat(Enumerable.Repeat(repeated, (QuoteRule.MaxSourceBytes - 1) / repeated.Length)) + last;
        Assert.InRange(SourceAutomaton.Of([text]).Bytes, 1, 40L * QuoteRule.MaxSourceBytes);
    }

    /// <summary>The most characters that follow a text in a source before it ends or a quotation mark comes.</summary>
    private static int Furthest(IEnumerable<string> sources, string wanted)
    {
        int furthest = 0;
        foreach (string piece in sources.SelectMany(source => source.Split([.. MarkBytes.All])))
            for (int at = piece.IndexOf(wanted, StringComparison.Ordinal); at >= 0; at = piece.IndexOf(wanted, at + 1, StringComparison.Ordinal))
                furthest = Math.Max(furthest, piece[(at + wanted.Length)..].EnumerateRunes().Count());

        return furthest;
    }

    private static Gen<string> Text() => Gen.ListOf(Gen.Elements(Letters.EnumerateRunes().ToArray())).Select(runes => string.Concat(runes));
}
