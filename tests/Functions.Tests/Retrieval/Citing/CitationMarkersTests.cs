using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Retrieval.Citing;

namespace Serverless.Functions.Tests.Retrieval.Citing;

public sealed partial class CitationMarkersTests
{
    private const string Document = "Intro. A fig drops its leaves when it is\noverwatered, or left in a cold draught! Water at 3.5 litres a week.\n- Sharp knife for cutting roses\n根は毎朝よく水をやる。葉は黄色い。";

    private static readonly Citation[] Citations = [Cite(7, Document.IndexOf("Water", StringComparison.Ordinal)), Cite(Document.IndexOf("Water", StringComparison.Ordinal), Document.Length)];

    private static readonly Arbitrary<(string Text, int[] Cuts)> Answers = (
        from parts in Gen.Elements(
            "A fig drops its leaves when it is overwatered, or left in a cold draught!", "Water at 3.5 litres a week.", "I do not know this.", " ", "\n", "[1]", "[2]", "[9]", "[0]", "[12", "]", "[a]", "e.g.", "1.", "...", "(see below.)",
            "Sharp knife for cutting roses.", "根は毎朝よく水をやる。", "No.", "\"Water at 3.5 litres a week.\"", " [1]", " [2].", "[", "https://example.com/a.b").ListOf()
        from cuts in Gen.Choose(0, 400).ListOf()
        select (string.Concat(parts), cuts.ToArray())).ToArbitrary();

    [Theory]
    [InlineData("A fig drops its leaves when it is overwatered, or left in a cold draught!", "A fig drops its leaves when it is overwatered, or left in a cold draught! [1]")]
    [InlineData("Water at 3.5 litres a week. I think so.", "Water at 3.5 litres a week. [2] I think so.")]
    [InlineData("Water at 3.5 litres a week", "Water at 3.5 litres a week [2]")]
    [InlineData("\"Water at 3.5 litres a week.\" So it says.", "\"Water at 3.5 litres a week.\" [2] So it says.")]
    [InlineData("Sharp knife for cutting roses.\nDone.", "Sharp knife for cutting roses. [2]\nDone.")]
    [InlineData("Water at 3.5 litres a week [2].", "Water at 3.5 litres a week [2].")]
    [InlineData("Water at 3.5 litres a week. [2] More.", "Water at 3.5 litres a week. [2] More.")]
    [InlineData("It likes water [1][2]. And [7] sun [8].", "It likes water [1][2]. And sun.")]
    [InlineData("See a[0] and [x] and [1", "See a and [x] and [1")]
    [InlineData("I do not know.", "I do not know.")]
    [InlineData("", "")]
    [InlineData("They like it [1, 2].", "They like it [1][2].")]
    [InlineData("They like it [1; 9]. And [8, 9] sun [7-9].", "They like it [1]. And sun.")]
    [InlineData("They like it [1-2]. Also [1–9][2-1].", "They like it [1][2]. Also [1][2][2-1].")]
    [InlineData("They like it [ 1 ] [ 9 ].", "They like it [1].")]
    [InlineData("They like it [[2]], not [[9]].", "They like it [2], not.")]
    [InlineData("They like it【1】and［２］[۲][٩]【9】.", "They like it[1]and[2][2].")]
    [InlineData("They like it【1†L2-L4】【4:0†source】.", "They like it[1].")]
    [InlineData("Water at 3.5 litres a week [1, 2].", "Water at 3.5 litres a week [1][2].")]
    [InlineData("Water at 3.5 litres a week. [2, 9] More.", "Water at 3.5 litres a week. [2] More.")]
    [InlineData("In [0, 1], of [2024, 2025] and [1 2] 【注】.", "In [0, 1], of [2024, 2025] and [1 2] 【注】.")]
    [InlineData("See [9](https://example.com/), [1](/a) and [9](below).", "See [9](https://example.com/), [1](/a) and(below).")]
    [InlineData("Use `a[0]`, ``b[`9]`` and `c[9] of [9].", "Use `a[0]`, ``b[`9]`` and `c of.")]
    [InlineData("So:\n```py\nprint(a[0], x[9])\nWater at 3.5 litres a week.\n```\nDone [9].", "So:\n```py\nprint(a[0], x[9])\nWater at 3.5 litres a week.\n```\nDone.")]
    [InlineData("Cut [9]:\n```\nx = [7]", "Cut:\n```\nx = [7]")]
    [InlineData("「根は毎朝よく水をやる。」葉は黄色い。", "「根は毎朝よく水をやる。」 [2]葉は黄色い。")]
    public void Answer_Written_CarriesTheMarkersOfWhatItQuotes(string text, string expected) => Assert.Equal(expected, Run(text, []).Text);

    [Fact]
    public void Quote_Found_StandsInTheDocumentWordByWord()
    {
        var (_, citations) = Run("A fig drops its leaves when it is overwatered, or left in a cold draught! Water at 3.5 litres a week.", []);
        var first = Assert.Single(citations[0].Quotes!);
        Assert.Equal("A fig drops its leaves when it is\noverwatered, or left in a cold draught!", Document[first.Start..first.End]);
        var second = Assert.Single(citations[1].Quotes!);
        Assert.Equal("Water at 3.5 litres a week.", Document[second.Start..second.End]);
    }

    [Fact]
    public void Answer_CutIntoAnyPieces_IsTheSame() => Prop.ForAll(Answers, given => Run(given.Text, given.Cuts).Text == Run(given.Text, []).Text).QuickCheckThrowOnFailure();

    [Fact]
    public void Answer_OfMarkersOfAnyKindAndCode_IsTheSameHoweverItIsCut() => Prop.ForAll(
        (from parts in Gen.Elements("(h", "ttps:", "(/", "[", "]", "]]", "[[", "【", "】", "†", ":", "1", "9", "0", "12", ",", ", ", "-", " ", "(", "`", "``", "```", "\n", "A fig.", "\"", "［２］", "[1, 2]", "Water at 3.5 litres a week.").ListOf()
         from cuts in Gen.Choose(0, 200).ListOf()
         from keeps in Gen.Elements(true, false)
         select (Text: string.Concat(parts), Cuts: cuts.ToArray(), Keeps: keeps)).ToArbitrary(),
        given => Run(given.Text, given.Cuts, given.Keeps).Text == Run(given.Text, [], given.Keeps).Text).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Theory]
    [InlineData("`a", "`a")]
    [InlineData("`a[9]", "`a")]
    [InlineData("`a\n[9]`", "`a\n`")]
    public void Code_ThatNothingCloses_IsText(string text, string expected)
    {
        Assert.Equal(expected, Run(text, []).Text);
        var markers = new CitationMarkers(Citations);
        Assert.Equal("", markers.Append("`" + new string('a', 150)));
        Assert.Equal("`" + new string('a', 200), markers.Append(new string('a', 50)));
    }

    [Fact]
    public void Answer_Any_LosesNothingButMarkers() => Prop.ForAll(Answers, given =>
        Bare(Run(given.Text, given.Cuts).Text) == Bare(given.Text)).QuickCheckThrowOnFailure();

    [Fact]
    public void Answer_Any_NamesNoCitationThatIsNotThere() => Prop.ForAll(Answers, given =>
        Marker().Matches(Run(given.Text, given.Cuts).Text).All(match => int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) is 1 or 2)).QuickCheckThrowOnFailure();

    [Fact]
    public void Quotes_Any_LieWithinTheirPassages() => Prop.ForAll(Answers, given =>
        Run(given.Text, given.Cuts).Citations.All(citation => (citation.Quotes ?? []).All(quote => quote.Start >= citation.Start && quote.End <= citation.End && quote.Start < quote.End))).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("It says \"leaves when it is\noverwatered, or\" so.", "It says \"leaves when it is\noverwatered, or\" so. [1]")]
    [InlineData("“Water at 3.5 litres a week.” So it says.", "“Water at 3.5 litres a week.” [2] So it says.")]
    [InlineData("\"draught! Water\" [2]. \"of [9] it\" it says.", "\"draught! Water\" [2]. \"of [9] it\" it says.")]
    [InlineData("See [9]. \"cold draught!\" [1] and \"[7]. A\"", "See. \"cold draught!\" [1] and \"[7]. A\"")]
    [InlineData("It says \"cold draught! Water at", "It says \"cold draught! Water at")]
    public void Quotes_Kept_AreShownAsTheyAreWritten(string text, string expected) => Assert.Equal(expected, Run(text, [], keepsQuotes: true).Text);

    [Fact]
    public void Quotes_Kept_HaveTheOffsetsOfTheirOwnCharacters()
    {
        var (_, citations) = Run("It says \"it is\noverwatered, or\", and \"3.5 litres\".", [], keepsQuotes: true);
        Assert.Equal(["it is\noverwatered, or", "3.5 litres"], citations.SelectMany(citation => citation.Quotes!).Select(quote => Document[quote.Start..quote.End]));
    }

    /// <summary>Whatever stands in quotation marks comes out as it went in, however the answer is cut.</summary>
    [Fact]
    public void Quotes_KeptInAnyAnswer_LoseAndGainNothing() => Prop.ForAll(
        (from parts in Gen.Elements("\"", "“", "”", "Water at 3.5 litres a week.", "A fig.", " ", "\n", "[1]", "[9]", " [9]", "No.", "!", ")", "«", "»", "根は。").ListOf()
         from cuts in Gen.Choose(0, 200).ListOf()
         select (Text: string.Concat(parts), Cuts: cuts.ToArray())).ToArbitrary(),
        given =>
        {
            var shown = Run(given.Text, given.Cuts, keepsQuotes: true).Text;
            return shown == Run(given.Text, [], keepsQuotes: true).Text && Quoted(shown).SequenceEqual(Quoted(given.Text));
        }).QuickCheckThrowOnFailure();

    /// <summary>Any run of a passage's words is found, wherever lines break, and its offsets hold the same words.</summary>
    [Fact]
    public void Find_AnyRunOfWords_HasTheOffsetsOfTheSameWords() => Prop.ForAll(
        (from texts in Gen.Elements("fig", "Leaf", "a", "根は", "3", "rose", "of").ListOf(20)
         from gaps in Gen.Elements(" ", "\n", ", ", ". ", "\n\n- ").ListOf(20)
         from start in Gen.Choose(0, 15)
         from length in Gen.Choose(QuoteFinder.LeastWords, 5)
         select (texts, gaps, start, length)).ToArbitrary(),
        given =>
        {
            var passage = string.Concat(given.texts.Select((word, i) => word + given.gaps[i]));
            var sentence = string.Join(' ', given.texts.Skip(given.start).Take(given.length)) + ".";
            return new QuoteFinder(passage).Find(sentence) is { } found && Words(passage[found.Start..found.End]).SequenceEqual(Words(sentence));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("It is so.")]
    [InlineData("A fig drops its leaf when it is overwatered.")]
    [InlineData("a fig drops its leaves")]
    public void Find_WhatItDoesNotSay_IsNoQuote(string sentence) => Assert.Null(new QuoteFinder(Document).Find(sentence));

    /// <summary>Scripts without spaces have no words to count by gaps, and models write plain letters where documents have others for the same.</summary>
    [Theory]
    [InlineData("根は毎朝よく水をやる。", "根は毎朝よく\n水をやる。葉は黄色い。")]
    [InlineData("无花果需要很多阳光。", "无花果需要很多阳光。其他。")]
    [InlineData("กาแฟที่ดีที่สุดบนภูเขาไฟ", "กาแฟที่ดีที่สุดบนภูเขาไฟ และ")]
    [InlineData("अंजीर को बहुत धूप चाहिए।", "अंजीर को बहुत धूप चाहिए। और।")]
    [InlineData("The caf\u00E9 opens at nine.", "The cafe\u0301 opens at nine.")]
    [InlineData("The office opens at nine.", "The o\uFB03ce opens at nine.")]
    [InlineData("Keep watering it at nine.", "Keep wa\u00ADtering it at nine.")]
    [InlineData("Order M100 at nine now.", "Order Ｍ１００ at nine now.")]
    [InlineData("The CO2 in air rises.", "The CO₂ in air rises.")]
    public void Find_TheSameInOtherCharacters_IsAQuote(string sentence, string passage) => Assert.Equal(0, new QuoteFinder(passage).Find(sentence)?.Start);

    /// <summary>Few words: a vowel's sign is no letter of its own, and a letter no word.</summary>
    [Theory]
    [InlineData("是的。", "是的。其他。")]
    [InlineData("पानी पीना", "पानी पीना अच्छा")]
    [InlineData("ใช่ครับ", "ใช่ครับ")]
    public void Find_FewWordsOfAnyScript_IsNoQuote(string sentence, string passage) => Assert.Null(new QuoteFinder(passage).Find(sentence));

    private static Citation Cite(int start, int end) => new("a.md", null, start, end, Document[start..end], 1);

    private static (string Text, IReadOnlyList<Citation> Citations) Run(string text, int[] cuts, bool keepsQuotes = false)
    {
        var markers = new CitationMarkers(Citations, keepsQuotes);
        var shown = new StringBuilder();
        var from = 0;
        foreach (var cut in cuts.Where(cut => cut < text.Length).Order())
        {
            shown.Append(markers.Append(text[from..cut]));
            from = cut;
        }

        return (shown.Append(markers.Append(text[from..])).Append(markers.End()).ToString(), markers.Citations);
    }

    private static IEnumerable<string> Quoted(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            var closer = text[at] switch { '"' => '"', '“' => '”', '«' => '»', _ => '\0' };
            if (closer == '\0') continue;
            var end = text.IndexOf(closer, at + 1);
            yield return end < 0 ? text[at..] : text[at..(end + 1)];
            if (end < 0) yield break;
            at = end;
        }
    }

    private static string Bare(string text)
    {
        text = text.Replace(" ", "", StringComparison.Ordinal);
        // Taking one out may bring two halves of another together.
        text = text.Replace("[]", "", StringComparison.Ordinal);
        while (Marker().Match(text) is { Success: true } found) text = text.Remove(found.Index, found.Length).Replace("[]", "", StringComparison.Ordinal);
        return text;
    }

    private static IEnumerable<string> Words(string text) => WordRun().Matches(text).Select(match => match.Value);

    [GeneratedRegex(@"\[(\d{1,3})\]")]
    private static partial Regex Marker();

    [GeneratedRegex(@"[\p{L}\p{Nd}]+")]
    private static partial Regex WordRun();
}
