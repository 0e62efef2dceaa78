using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Retrieval.Ranking;

namespace Serverless.Functions.Tests.Retrieval.Ranking;

public sealed class MisspellingTests
{
    [Theory]
    [InlineData("blosom", "blossom", true)]
    [InlineData("fiddel", "fiddle", true)]
    [InlineData("tomatoe", "tomato", true)]
    [InlineData("calcuim", "calcium", true)]
    [InlineData("hydrengea", "hydrangea", true)]
    [InlineData("wither", "whither", true)]
    [InlineData("marble", "garble", false)]
    [InlineData("prunes", "prune", true)]
    [InlineData("orchid", "orchard", false)]
    [InlineData("lavender", "lavneedr", false)]
    public void Is_OneSlipOfThePen(string word, string other, bool expected) => Assert.Equal(expected, Misspelling.Is(word, other));

    [Fact]
    public void Is_AnyPair_IsOneEditOfDamerau() => Prop.ForAll(
        (from a in Gen.Elements('a', 'b', 'c').ArrayOf() from b in Gen.Elements('a', 'b', 'c').ArrayOf() select (A: "x" + new string(a) + "abcd", B: "x" + new string(b) + "abcd")).ToArbitrary(),
        given => Misspelling.Is(given.A, given.B) == (Distance(given.A, given.B) <= 1)).QuickCheckThrowOnFailure();

    /// <summary>A word that stands somewhere as it is written is not taken for another.</summary>
    [Fact]
    public void Coverage_OfAWordThatStandsSomewhere_IsOfNoOther()
    {
        Assert.Equal([1, 0], WordCoverage.Of("cedar", ["The cedar grows.", "The ceder grows."]).Select(share => Math.Round(share, 9)));
        Assert.Equal([0, 1, 0], WordCoverage.Of("martne", ["The oak grows.", "The marten sleeps.", "Nothing."]).Select(share => Math.Round(share, 9)));
        Assert.Equal([0, 0], WordCoverage.Of("E43 2024 fig", ["E42 2025 fog", "Nothing."]).Select(share => Math.Round(share, 9)));
    }

    /// <summary>What no search by words found is nevertheless named.</summary>
    [Fact]
    public void Fuse_AMisspeltQuestion_PutsWhatItNamesBeforeWhatIsAsNear()
    {
        FoundChunk[] near = [Chunk("oak", 0.41), Chunk("fig", 0.40), Chunk("elm", 0.1)];
        Assert.Equal("fig", HybridRanking.Fuse("watreing", near, [])[0].Id);
        Assert.Equal("oak", HybridRanking.Fuse("nothing", near, [])[0].Id);
    }

    [Theory]
    [InlineData("\"disk is full\"", "The disk is full.", "The full disk is in error.")]
    [InlineData("What changed on 5 March 2024?", "Changed 2024-03-05: a", "Changed 2024-05-03: a")]
    [InlineData("What changed on 2024-03-05?", "Changed March 5th, 2024: a", "Changed March 6th, 2024: a 5 03 05")]
    [InlineData("results Q3 2024", "Results, third quarter of 2024", "Results, second quarter of 2024")]
    [InlineData("results of the second quarter of 2024", "Results Q2 2024", "Results Q3 2024")]
    [InlineData("new in 2.1", "In 2.1 new", "In 2.1.0 new, 2.10 new")]
    public void Coverage_OfWhatIsMoreThanItsWords_IsOfThatFirst(string question, string passage, string other) =>
        Assert.True(WordCoverage.Of(question, [other, passage, "Nothing."]) is [var less, var more, 0] && more > less);

    /// <summary>A phrase, a day or a version that no passage has takes nothing from what its words find.</summary>
    [Theory]
    [InlineData("\"leaves drop\" fig", "drop leaves fig")]
    [InlineData("new in 2.1", "new in 2 or 1")]
    public void Coverage_OfATermThatStandsNowhere_IsThatOfItsWords(string question, string passage) => Assert.Equal(1, WordCoverage.Of(question, [passage, "Nothing."])[0], 9);

    private static FoundChunk Chunk(string id, double similarity) => new(id, $"{id}.md", "", 0, 1, null, id == "fig" ? "Watering the fig." : $"The {id} grows.", similarity) { Similarity = similarity };

    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                d[i, j] = i == 0 ? j : j == 0 ? i : Math.Min(Math.Min(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }

        return d[a.Length, b.Length];
    }
}
