using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Tests.Retrieval;

public sealed class NamedTimesTests
{
    [Theory]
    [InlineData("It began on 2024-03-05.", "2024-03-05")]
    [InlineData("at 2024-03-05T10:00:00Z", "2024-03-05")]
    [InlineData("2024/3/5", "2024-03-05")]
    [InlineData("the 5th of March, 2024", "2024-03-05")]
    [InlineData("on Mar. 5th, 2024", "2024-03-05")]
    [InlineData("vom 5. M\u00E4rz 2024", "2024-03-05")]
    [InlineData("am 05.03.2024", "2024-03-05")]
    [InlineData("le 1er ao\u00FBt 2024", "2024-08-01")]
    [InlineData("el 5 de marzo de 2024", "2024-03-05")]
    [InlineData("03/25/2024 and 25/03/2024", "2024-03-25")]
    [InlineData("in March 2024", "2024-03")]
    [InlineData("2024-03", "2024-03")]
    [InlineData("Q3/2024", "2024-q3")]
    [InlineData("2024-Q3", "2024-q3")]
    [InlineData("the third quarter of 2024", "2024-q3")]
    [InlineData("3. Quartal 2024", "2024-q3")]
    [InlineData("03/05/2024, 31 February 2024, 2024-13-01, may 20245, May 5, call 2024, 1.2.2024.3", "")]
    public void Of_AnySpelling_IsOneWord(string text, string named) => Assert.Equal(named, string.Join(' ', NamedTimes.Of(text, withMonths: false)));

    [Fact]
    public void Of_AQuestionsDay_AsksForNoOtherOfItsMonth()
    {
        Assert.Equal(["2024-03-05"], NamedTimes.Of("5 March 2024", withMonths: false));
        Assert.Equal(["2024-03-05", "2024-03"], NamedTimes.Of("5 March 2024", withMonths: true));
    }

    /// <summary>However a day is written, it is the same.</summary>
    [Fact]
    public void Of_AnyDay_IsReadInAllItsSpellings() => Prop.ForAll(
        (from days in Gen.Choose(0, 40_000) from format in Gen.Elements("yyyy-MM-dd", "d MMMM yyyy", "MMMM d, yyyy", "d MMM yyyy", "dd.MM.yyyy", "yyyy/M/d") select (Day: new DateOnly(1950, 1, 1).AddDays(days), Format: format)).ToArbitrary(),
        given => NamedTimes.Of($"On {given.Day.ToString(given.Format, CultureInfo.InvariantCulture)}, so they say.", withMonths: false)
            .SetEquals([given.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)])).QuickCheckThrowOnFailure();

    [Fact]
    public void Forms_OfADay_ArePhrases() => Assert.Equal(
        ["\"2024 03 05\"", "\"5 march 2024\"", "\"5 m\u00E4rz 2024\"", "\"5 mars 2024\"", "\"5 marzo 2024\"", "\"march 5 2024\"", "05.03.2024", "5.3.2024"], NamedTimes.FormsOf("What changed on 5 March 2024?"));

    [Theory]
    [InlineData("say \"disk is full\" now", "disk is full")]
    [InlineData("say \u201Cdisk is full\u201D and \u00ABno paper\u00BB and \u201Eso ist es\u201C", "disk is full|no paper|so ist es")]
    [InlineData("a 5\" pipe and a 3\" one, \"one\" word, \"no end", "")]
    [InlineData("\"+a -b* (c)\"", "a b c")]
    public void Phrases_OfAQuestion_AreWhatItQuotes(string question, string phrases) => Assert.Equal(phrases, string.Join('|', QuotedPhrases.Of(question).Select(words => string.Join(' ', words))));
}
