using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Tests.Retrieval;

public sealed class UnspacedWordsTests
{
    [Theory]
    [InlineData("토마토는 물", "토마 마토 토는  물")]
    [InlineData("กาแฟ", "กา าแ แฟ ")]
    [InlineData("Kaffee: น้ำร้อน!", "Kaffee: น้ำ ำร้ ร้อ อน !")]
    [InlineData("ក្រហម", "ក្រហ ហម ")]
    [InlineData("ကော်ဖီ", "ကော်ဖီ ")]
    [InlineData("ກາເຟ2ຖ້ວຍ", "ກາ າເ ເຟ 2 ຖ້ວ ວຍ ")]
    [InlineData("番茄需要支架。", "番茄需要支架。")]
    [InlineData("トマト", "トマト")]
    [InlineData("plain", "plain")]
    [InlineData("ก", "ก")]
    public void OfQuestion_ScriptsWithoutSpaces_ArePairsOfLetters(string text, string paired) => Assert.Equal(paired, UnspacedWords.OfQuestion(text));

    [Theory]
    [InlineData("물을", "물을 물 을 ")]
    [InlineData("ភ្នំខ្ព", "ភ្នំខ្ព ភ្នំ ខ្ព ")]
    [InlineData("กาแฟ", "กา าแ แฟ ")]
    [InlineData("물", "물")]
    public void OfPassage_SyllablesThatAreWords_StandByThemselvesToo(string text, string paired) => Assert.Equal(paired, UnspacedWords.OfPassage(text));

    [Fact]
    public void OfQuestion_WithoutSuchScripts_IsTheSameObject() => Assert.Same("Ferns like shade, 番茄.", UnspacedWords.OfQuestion("Ferns like shade, 番茄."));

    /// <summary>What is searched of a word is in the text that it stands in, so that words are found in it.</summary>
    [Fact]
    public void OfPassage_WordWithinIt_HasItsPairs()
    {
        var letters = Gen.Elements("กขคงจนมยรลวหอาเแโ토마물주스ကခဂကខគ".ToCharArray());
        var words = Gen.ArrayOf(letters).Where(word => word.Length > 1 || (word.Length == 1 && word[0] >= '\u1000')).Select(word => new string(word)).ToArbitrary();
        Prop.ForAll(words, words, (word, around) =>
        {
            var pairs = UnspacedWords.OfPassage(around + word + around).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return UnspacedWords.OfQuestion(word).Split(' ', StringSplitOptions.RemoveEmptyEntries).All(pairs.Contains);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void OfQuestion_LongRun_IsThreeTimesAsLongAtMost() => Assert.InRange(UnspacedWords.OfQuestion(new string('ก', 100_000)).Length, 299_900, 300_000);
}
