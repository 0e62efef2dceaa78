using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Retrieval.Ranking;

namespace Serverless.Functions.Tests.Retrieval.Ranking;

public sealed class NamedCodesTests
{
    [Theory]
    [InlineData("What does E42 mean?", "E42")]
    [InlineData("Which tokenizer does GPT-4 use?", "GPT4")]
    [InlineData("WM-440 descaling", "WM440")]
    [InlineData("an hour on two A100s, please", "A100")]
    [InlineData("e42 or F05?", "E42 F05")]
    [InlineData("E42, and E42 again", "E42")]
    [InlineData("Is vitamin B12 in it? (H2O)", "B12 H2O")]
    [InlineData("MPT-30B-Chat's context", "MPT30BCHAT")]
    [InlineData("错误E42是什么意思？", "E42")]
    [InlineData("E42는 무엇인가요?", "E42")]
    [InlineData("Что такое код E42?", "E42")]
    [InlineData("What is WM\u2011440 or WM\u2013441?", "WM440 WM441")]
    [InlineData("an E42-related fault, az E42-es hiba, E42-\u00F6s", "E42")]
    [InlineData("der E42-Fehler", "E42FEHLER")]
    [InlineData("How do I upgrade to v2 or v3.1?", "")]
    [InlineData("mid-2024, 5kg, 3rd, 24/7, No.5, 0.75 percent, Llama-2, top-10, in 2019", "")]
    [InlineData("Was kostet die Straße im 19. Jahrhundert?", "")]
    public void Of_AQuestion_AreItsLettersWithDigits(string question, string codes) => Assert.Equal(codes, string.Join(' ', NamedCodes.Of(question)));

    [Theory]
    [InlineData("What is E42?", "E18 means water. E23 means more.", true)]
    [InlineData("What is E42?", "Error e-42: see E18.", false)]
    [InlineData("What is GPT-4?", "GPT 4 and others", false)]
    [InlineData("What is GPT-4?", "gpt4o", false)]
    [InlineData("What is GPT-4?", "GPT-3 has 4 heads", true)]
    [InlineData("What is MPT-30B-Chat?", "MPT-30B\nMPT-30B-Chat is tuned.", false)]
    [InlineData("What is MPT-30B-Chat?", "MPT-30B is trained. Chat is another.", true)]
    [InlineData("E18 or E42?", "E18 means water.", true)]
    [InlineData("What does the light mean?", "Nothing.", false)]
    [InlineData("What is CO2?", "CO\u2082 is a gas.", false)]
    [InlineData("What is E42?", "\uFF25\uFF14\uFF12 means water.", false)]
    [InlineData("What is WM-440?", "WM\u00AD440 descaling", false)]
    [InlineData("What is E42?", "错误E42表示缺水", false)]
    [InlineData("E42는 무엇인가요?", "E18은 물입니다", true)]
    [InlineData("Was bedeutet der E42-Fehler?", "Fehler E42: kein Wasser", false)]
    [InlineData("Was bedeutet der E42-Fehler?", "Fehler E18: kein Wasser", true)]
    [InlineData("How do I clear an E42-related error?", "Error E42 means no water.", false)]
    [InlineData("Revenue in Q3 2024?", "Revenue of the third quarter of 2024", false)]
    [InlineData("Revenue in Q3-2024?", "Umsatz im 3. Quartal 2024", false)]
    [InlineData("Revenue in Q3 2024?", "Revenue of the second quarter of 2024", true)]
    [InlineData("Revenue in FY23?", "Revenue of fiscal year 2023", false)]
    [InlineData("Revenue in H1?", "The first half was good", false)]
    public void AnyUnknown_IsWhereACodeStandsNowhere(string question, string passage, bool expected) => Assert.Equal(expected, NamedCodes.AnyUnknown(question, ["Other text.", passage]));

    /// <summary>A code that a passage holds is known, wherever it stands, however it is cut by hyphens and whatever else there is.</summary>
    [Fact]
    public void AnyUnknown_OfACodeThatStandsThere_IsFalse() => Prop.ForAll(
        ArbMap.Default.GeneratorFor<string>().Select(text => text ?? "").Two().ToArbitrary(),
        Gen.Choose(1, 8).SelectMany(letters => Gen.Choose(0, 99_999).Select(number => $"{"EWMPTRQX"[..letters]}-{number}")).ToArbitrary(),
        (around, code) => !NamedCodes.AnyUnknown($"What is {code}?", [around.Item1, $"{around.Item2} {code.Replace("-", code.Length % 2 == 0 ? "" : " ", StringComparison.Ordinal).ToLowerInvariant()} {around.Item1}"]))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void AnyUnknown_WhereTheQuestionHasNoDigit_IsFalse() => Prop.ForAll<string, string>((question, passage) =>
        !NamedCodes.AnyUnknown(string.Concat((question ?? "").Where(c => !char.IsDigit(c))), [passage ?? ""])).QuickCheckThrowOnFailure();
}
