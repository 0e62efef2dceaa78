using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Evaluation.Metrics;

namespace Serverless.Functions.Tests.Evaluation.Metrics;

/// <summary>Words, containment, F1, citations and refusals, against values worked out by hand.</summary>
public sealed class AnswerScoresTests
{
    [Theory]
    [InlineData("The cat, a dog!", new[] { "cat", "dog" })]
    [InlineData("It's **8k**.", new[] { "its", "8k" })]
    [InlineData("draught[1][2, 3]", new[] { "draught" })]
    [InlineData("ﬁne co\u00ADmpost", new[] { "fine", "compost" })]
    [InlineData("水やり 3日", new[] { "水", "や", "り", "3", "日" })]
    [InlineData("the a an", new string[0])]
    public void Words_AreSquads(string text, string[] expected) => Assert.Equal(expected, AnswerWords.Of(text));

    [Theory]
    [InlineData("It has 128k of context.", "8k", false)]
    [InlineData("It has 8k, no more.", "8K", true)]
    [InlineData("Uneven watering does it.", "uneven watering", true)]
    [InlineData("Watering that is uneven.", "uneven watering", false)]
    [InlineData("Anything", "", false)]
    public void Contains_TakesWholeWordsInOrder(string answer, string expected, bool contains) => Assert.Equal(contains, AnswerScores.Contains(answer, expected));

    // "cat sat mat" against "cat mat": 2 common, P = 2/3, R = 1, F1 = 4/5.
    [Theory]
    [InlineData("The cat sat, mat.", "cat mat", 0.8)]
    [InlineData("cat cat", "cat", 2.0 / 3)]
    [InlineData("dog", "cat", 0.0)]
    [InlineData("", "", 1.0)]
    [InlineData("", "cat", 0.0)]
    public void TokenF1_ByHand(string answer, string expected, double f1) => Assert.Equal(f1, AnswerScores.TokenF1(answer, expected), 12);

    [Fact]
    public void TokenF1_IsSymmetricAndOneOnlyForTheSameWords() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<byte[]>(), (a, b) =>
        {
            var (first, second) = (Text(a), Text(b));
            var f1 = AnswerScores.TokenF1(first, second);
            Assert.Equal(f1, AnswerScores.TokenF1(second, first), 12);
            Assert.InRange(f1, 0, 1);
            Assert.Equal(AnswerWords.Of(first).Order().SequenceEqual(AnswerWords.Of(second).Order()), f1 > 1 - 1e-12);
            if (b.Length > 0) Assert.True(AnswerScores.Contains($"{first} {second} {first}", second));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(new[] { true, false }, "No markers.", 0.5)]
    [InlineData(new[] { true, false }, "First [1].", 1.0)]
    [InlineData(new[] { true, false }, "Both [1, 2] and [9].", 0.5)]
    [InlineData(new[] { false, true, true }, "Second [2], third[3].", 1.0)]
    [InlineData(new[] { true, false }, "Only one that is not there [7].", 0.5)]
    public void CitationPrecision_ByHand(bool[] relevant, string answer, double precision) => Assert.Equal(precision, CitationScores.Precision(relevant, answer));

    [Fact]
    public void CitationPrecision_OfNoCitations_IsNotDefined() => Assert.Null(CitationScores.Precision([], "Text [1]."));

    [Theory]
    [InlineData("I don't know that.", true)]
    [InlineData("That is not in the documents.", true)]
    [InlineData("", true)]
    [InlineData("Water them every week.", false)]
    public void Refusal_IsSaidAtOnce(string answer, bool refused) => Assert.Equal(refused, Refusals.IsRefusal(answer, Refusals.DefaultPhrases));

    [Fact]
    public void Refusal_QuotedFarDown_IsNone() =>
        Assert.False(Refusals.IsRefusal(string.Concat(Enumerable.Repeat("word ", 60)) + "I do not know", Refusals.DefaultPhrases));

    [Fact]
    public void Refusals_PrecisionAndRecall_ByHand()
    {
        (bool Refused, bool Answerable)[] questions = [(true, false), (true, true), (false, false), (false, false), (false, true)];
        Assert.Equal(0.5, Refusals.Precision(questions));
        Assert.Equal(1.0 / 3, Refusals.Recall(questions)!.Value, 12);
        Assert.Null(Refusals.Precision([(false, true)]));
        Assert.Null(Refusals.Recall([(true, true)]));
    }

    private static string Text(byte[] words) => string.Join(' ', words.Select(word => $"w{word % 7}"));

    /// <summary>Python's string.punctuation, which the evaluation script of SQuAD takes out, and what Unicode has beside it.</summary>
    [Fact]
    public void Words_HaveNoPunctuation()
    {
        foreach (var mark in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~«»“”‘’‹›–—…、。（）\u00AD\u200B") Assert.Equal(["u2s"], AnswerWords.Of($"u{mark}2s{mark}"));
    }

    [Theory]
    [InlineData("ไทย", 3)]
    [InlineData("ລາວ", 3)]
    [InlineData("ひらカナ", 4)]
    [InlineData("漢字㐀𠀀", 4)]
    [InlineData("한국", 1)]
    [InlineData("क ख", 2)]
    public void Words_OfScriptsWithoutSpaces_AreTheirCharacters(string text, int words) => Assert.Equal(words, AnswerWords.Of(text).Count);

    /// <summary>A marker that numbers none of the citations cites nothing.</summary>
    [Fact]
    public void Precision_OfMarkersThatAreNone_LeavesThemOut()
    {
        Assert.Equal(1, CitationScores.Precision([true, false], "It is so [0] [1] [3]."));
        Assert.Equal(0.5, CitationScores.Precision([true, false], "It is so [0] [3]."));
        Assert.Equal(0.5, CitationScores.Precision([true, false], "It is so [1, 2] [1]."));
    }
}
