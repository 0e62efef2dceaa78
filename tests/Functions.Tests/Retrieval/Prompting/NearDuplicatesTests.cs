using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Retrieval.Prompting;

namespace Serverless.Functions.Tests.Retrieval.Prompting;

public sealed class NearDuplicatesTests
{
    private const string Clause =
        "The warranty of the model in the kitchen with the two doors and the long blue handle on the left side lasts for {0} months from the day of the purchase and covers all of its parts but the lamp and the filter and the seal.";

    [Theory]
    [InlineData("Figs need much light and water.", "Figs need  much light\nand water!")]
    [InlineData("Le caf\u00E9 est tr\u00E8s pr\u00E8s.", "Le cafe\u0301 est tre\u0300s pre\u0300s.")]
    [InlineData("无花果需要很多阳光和水分才能在夏天结出甜美的果实而且还需要排水良好的土壤", "需要很多阳光和水分才能在夏天结出甜美的果实而且还需要排水良好的土壤")]
    [InlineData("Figs.", "\u2192 \u2191 \u2014")]
    public void Drop_WhatSaysTheSame_KeepsTheBetter(string better, string other) => Assert.Equal([better], Drop(better, other));

    [Theory]
    [InlineData("\U0001E900\U0001E901\U0001E902 \U0001E903\U0001E904", "\U0001E905\U0001E906 \U0001E907\U0001E908")]
    [InlineData("अंजीर को बहुत धूप", "टमाटर को कम पानी")]
    [InlineData("Figs need light.", "Figs need water.")]
    public void Drop_WhatSaysOtherThings_KeepsBoth(string better, string other) => Assert.Equal([better, other], Drop(better, other));

    /// <summary>Where each letter is a word, sentences that are told apart are not those that run into one another; a copy of either is one.</summary>
    [Theory]
    [InlineData("番茄需要支架。每周浇水一次。", "番茄需要支架每周浇水一次")]
    [InlineData("土豆喜欢沙土！收获在秋天？", "土豆喜欢沙土收获在秋天")]
    public void Drop_SentencesWithAndWithoutStops_KeepsBoth(string with, string without)
    {
        var (stops, none) = (string.Concat(Enumerable.Repeat(with, 14)), string.Concat(Enumerable.Repeat(without, 16)));
        Assert.Equal([stops, none], Drop(stops, none, stops + "\n", none));
        Assert.Equal([none, stops], Drop(none, stops));
    }

    /// <summary>Nine in ten of the words are the same, and what is asked for is the one that is not.</summary>
    [Theory]
    [InlineData("24", "12")]
    [InlineData("E42", "E18")]
    [InlineData("24", "twelve or 18")]
    public void Drop_WhatDiffersByANumber_KeepsBoth(string one, string other)
    {
        var (first, second) = (Clause.Replace("{0}", one, StringComparison.Ordinal), Clause.Replace("{0}", other, StringComparison.Ordinal));
        Assert.Equal([first, second], Drop(first, second));
        Assert.Equal([first], Drop(first, first));
    }

    private static IEnumerable<string> Drop(params string[] texts) =>
        NearDuplicates.Drop([.. texts.Select((text, i) => new FoundChunk($"{i}", $"{i}.md", null, 0, text.Length, null, text, 1))]).Select(chunk => chunk.Text);
}
