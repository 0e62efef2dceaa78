using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Api.Answers;

namespace Serverless.GpuWorker.Tests.Api;

public sealed class StopStringMatcherTests
{
    [Fact]
    public void Append_StopAcrossPieces_EndsBeforeIt()
    {
        var matcher = new StopStringMatcher(["END"]);
        Assert.Equal("a", matcher.Append("aE"));
        Assert.Equal("", matcher.Append("N"));
        Assert.Equal("", matcher.Append("D b"));
        Assert.True(matcher.Stopped);
    }

    [Fact]
    public void Append_NearMiss_ReleasesOnlyWhatCannotMatch()
    {
        var matcher = new StopStringMatcher(["aab"]);
        Assert.Equal("", matcher.Append("aa"));
        Assert.Equal("a", matcher.Append("a"));
        Assert.Equal("aac", matcher.Append("c"));
        Assert.Equal("", matcher.Append("a"));
        Assert.Equal("a", matcher.Flush());
        Assert.False(matcher.Stopped);
    }

    [Fact]
    public void Append_TwoStops_FirstCompleteWins()
    {
        var matcher = new StopStringMatcher(["abcd", "bc"]);
        Assert.Equal("xa", matcher.Append("xabcd"));
        Assert.True(matcher.Stopped);
    }

    [Fact]
    public void Append_StopThatIsIncluded_EndsBehindTheFirstComplete()
    {
        var matcher = new StopStringMatcher(["abcd", "bc"], includesStop: true);
        Assert.Equal("x", matcher.Append("xab"));
        Assert.Equal("abc", matcher.Append("cd"));
        Assert.True(matcher.Stopped);
    }

    [Fact]
    public void Append_NoStops_PassesAll()
    {
        var matcher = new StopStringMatcher([]);
        Assert.Equal("anything", matcher.Append("anything"));
        Assert.Equal("", matcher.Flush());
    }

    [Fact]
    public void Append_StopThatDoesNotCountYet_IsTextAndTheNextOneEnds()
    {
        var matcher = new StopStringMatcher(["abc", "b"]);
        Assert.Equal("b", matcher.Append("bab", mayStop: false));
        Assert.Equal("ab", matcher.Append("a"));
        Assert.Equal("a", matcher.Append("b"));
        Assert.True(matcher.Stopped);
    }

    [Fact]
    public void Append_AnyTextStopsAndSplit_EqualsNaive()
    {
        // A small alphabet makes matches, near misses and overlaps frequent.
        var character = Gen.Elements('a', 'b', 'c');
        var stop = Gen.Choose(1, 4).SelectMany(length => Gen.ArrayOf(character, length)).Select(c => new string(c));
        var cases =
            from text in Gen.Choose(0, 40).SelectMany(length => Gen.ArrayOf(character, length))
            from stops in Gen.Choose(1, 4).SelectMany(count => Gen.ArrayOf(stop, count))
            from cuts in Gen.ArrayOf(Gen.Choose(1, 5), text.Length)
            from least in Gen.Choose(-4, 4)
            select (Text: new string(text), Stops: stops, Cuts: cuts, Least: Math.Max(0, least));
        Prop.ForAll(cases.ToArbitrary(), c => Matches(c.Text, c.Stops, c.Cuts, c.Least)).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    /// <param name="least">Pieces before the first that may complete a stop string.</param>
    private static bool Matches(string text, string[] stops, int[] cuts, int least)
    {
        var (expected, expectedStopped) = Naive(text, stops, Math.Min(text.Length, cuts.Take(least).Sum()));
        var matcher = new StopStringMatcher(stops);
        var actual = "";
        for (int at = 0, piece = 0; at < text.Length && !matcher.Stopped; piece++)
        {
            var length = Math.Min(cuts[piece], text.Length - at);
            actual += matcher.Append(text.Substring(at, length), piece >= least);
            at += length;
            // What is sent stays sent, and what is held back could still become a stop string.
            if (!expected.StartsWith(actual, StringComparison.Ordinal)) return false;
            if (!matcher.Stopped && !IsHeldRightly(text[..at], actual, stops)) return false;
        }

        if (!matcher.Stopped) actual += matcher.Flush();
        return actual == expected && matcher.Stopped == expectedStopped;
    }

    private static bool IsHeldRightly(string seen, string sent, string[] stops)
    {
        var held = seen[sent.Length..];
        return held.Length == 0 || stops.Any(stop => stop.Length > held.Length && stop.StartsWith(held, StringComparison.Ordinal));
    }

    private static (string Text, bool Stopped) Naive(string text, string[] stops, int from)
    {
        for (var end = from + 1; end <= text.Length; end++)
        {
            var ended = stops.Where(stop => text[..end].EndsWith(stop, StringComparison.Ordinal)).ToArray();
            if (ended.Length > 0) return (text[..(end - ended.Max(stop => stop.Length))], true);
        }

        return (text, false);
    }
}
