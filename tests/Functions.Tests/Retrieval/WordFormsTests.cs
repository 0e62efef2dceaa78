using System.Text.RegularExpressions;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Tests.Retrieval;

public sealed partial class WordFormsTests
{
    [Theory]
    [InlineData("What is HEK293?", " \"HEK 293\"")]
    [InlineData("HEK-293 cells", " \"HEK 293\" HEK293")]
    [InlineData("ESP32C6", " \"ESP 32C6\" \"ESP32 C6\" \"ESP32C 6\"")]
    [InlineData("MPT-30B-Chat", " \"MPT 30B Chat\" MPT30BChat")]
    [InlineData("错误E42是什么", " \"E 42\"")]
    [InlineData("takes 5kg", " \"5 kg\"")]
    [InlineData("1000 litres", " 1,000 1.000")]
    [InlineData("1,234,567", " 1234567 1.234.567")]
    [InlineData("1.000", " 1000 1,000")]
    [InlineData("1'000", " 1000 1,000 1.000")]
    [InlineData("O'Brien", " O’Brien")]
    [InlineData("L’Or\u00E9al", " L'Or\u00E9al Oreal")]
    [InlineData("Caf\u00E9 \u043C\u043E\u0439", " Cafe")]
    [InlineData("well-known 3.5, 192.168.1.10, 12/05, 24, figs' \"quoted\" (x)", "")]
    [InlineData("error \"disk is full\"", " \"disk is full\"")]
    [InlineData("in v2.10 or version 2.1.3", " \"v 2\" 2.10 v2.1.3")]
    [InlineData("2024-03", " \"2024 03\" \"march 2024\" \"m\u00E4rz 2024\" \"mars 2024\" \"marzo 2024\"")]
    [InlineData("Q3 2024", " \"Q 3\" 2,024 2.024 \"q3 2024\" \"2024 q3\" \"third quarter of 2024\" \"3 quartal 2024\"")]
    public void Of_AQuestion_AreOtherSpellings(string question, string forms) => Assert.Equal(forms, WordForms.Of(question));

    [Fact]
    public void Of_ManyCodes_AreBounded() => Assert.Equal(32, Forms().Count(WordForms.Of(string.Join(' ', Enumerable.Range(100, 500).Select(i => $"X-{i}")))));

    [GeneratedRegex("\"[^\"]+\"|[^ ]+")]
    private static partial Regex Forms();
}
