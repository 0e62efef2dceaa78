using Serverless.Functions.Guards;

namespace Serverless.Functions.Tests.Guards;

/// <summary>How long what a guard looks for may be: one character beyond is something else, one less is found.</summary>
public sealed class MatcherBoundsTests
{
    private static readonly string Label = new('a', 63);

    [Theory]
    [InlineData(2, 0)]
    [InlineData(12, 0)]
    [InlineData(13, 13)]
    [InlineData(19, 19)]
    [InlineData(20, 0)]
    public void Card_Has13To19Digits(int digits, int found) => Assert.Equal(found, Found("card", Luhn("4", digits)));

    [Theory]
    [InlineData("1", 0)]
    [InlineData("2", 16)]
    [InlineData("6", 16)]
    [InlineData("7", 0)]
    public void Card_BeginsWith2To6(string first, int found) => Assert.Equal(found, Found("card", Luhn(first, 16)));

    [Theory]
    [InlineData("4111-1111-1111-1111", 19)]
    [InlineData("4111  1111 1111 1111", 0)]
    [InlineData("4111--1111-1111-1111", 0)]
    public void Card_HasSingleSeparators(string text, int found) => Assert.Equal(found, Found("card", text));

    [Theory]
    [InlineData(7, 0)]
    [InlineData(8, 9)]
    [InlineData(15, 16)]
    [InlineData(16, 0)]
    public void Phone_OfAnyCountry_Has8To15Digits(int digits, int found) => Assert.Equal(found, Found("phone", "+" + new string('4', digits)));

    [Theory]
    [InlineData("+9 9999 9999", 12)]
    [InlineData("+1 (415) 555-2671", 17)]
    [InlineData("+44  20 7946 0958", 0)]
    [InlineData("+44.20.7946.0958", 16)]
    [InlineData("+44/20/7946/0958", 16)]
    [InlineData("+44-20-7946-0958", 16)]
    [InlineData("+44,20,7946,0958", 0)]
    [InlineData("x+442079460958", 0)]
    [InlineData("++442079460958", 0)]
    [InlineData("(215) 555-2671", 14)]
    [InlineData("(215)-555-2671", 14)]
    [InlineData("215 555 2671", 12)]
    [InlineData("21a-555-2671", 0)]
    [InlineData("215-555-26a1", 0)]
    [InlineData("(215)555.2671", 13)]
    [InlineData("(215)  555-2671", 0)]
    [InlineData("(215-555-2671", 12)]
    [InlineData("215-155-2671", 0)]
    [InlineData("215-555-0671", 12)]
    [InlineData("215-555-26710", 0)]
    [InlineData("215/555-2671", 0)]
    public void Phone_HasTheFormsOfNumbers(string text, int found) => Assert.Equal(found, Found("phone", text));

    [Theory]
    [InlineData("DE89370400440532013000", 22)]
    [InlineData("DE89-3704-0044-0532-0130-00", 27)]
    [InlineData("D E89370400440532013000", 0)]
    [InlineData("DE89  3704 0044 0532 0130 00", 0)]
    [InlineData("xDE89370400440532013000", 0)]
    [InlineData("DE89370400440532013000x", 0)]
    [InlineData("DE893704004405320130", 0)]
    public void Iban_IsOneWholeOfItsCountrysLength(string text, int found) => Assert.Equal(found, Found("iban", text));

    [Fact]
    public void Email_HasALocalPartOf64CharactersAndLabelsOf63()
    {
        foreach (var (text, isOne) in new[]
        {
            ($"{new string('a', 64)}@example.org", true),
            ($"a@{Label}.org", true),
            ($"a@{Label}aa.org", false),
            ("a@b.co", true),
            ("a@b.c", false),
            ("a@b", false),
            ("a.b_c%d+e-f@g-h.example", true),
            ("a@example.o1", false),
        })
            Assert.True((Found("email", text) == text.Length) == isOne, text);
        // Of a longer local part the rest is not taken for one that begins within it.
        Assert.Equal(0, Found("email", $"{new string('a', 65)}@example.org"));
        Assert.Equal(2 + (3 * 64) + 3, Found("email", $"a@{Label}.{Label}.{Label}.org"));
    }

    [Theory]
    [InlineData("001-01-0001", true)]
    [InlineData("665-01-0001", true)]
    [InlineData("667-01-0001", true)]
    [InlineData("899 99 9999", true)]
    [InlineData("999-99-9999", false)]
    [InlineData("123.45.6789", false)]
    [InlineData("12a-45-6789", false)]
    [InlineData("-123-45-6789", false)]
    [InlineData("123-45-6789a", false)]
    public void Ssn_IsOneThatIsGivenOut(string text, bool isOne) => Assert.Equal(isOne ? 11 : 0, Found("ssn", text));

    [Theory]
    [InlineData(1, true)]
    [InlineData(8, true)]
    [InlineData(9, false)]
    [InlineData(0, false)]
    public void Words_MayHaveEightBlanksBetween(int blanks, bool isFound) => Assert.Equal(isFound, Found(new GuardRule { Words = ["top secret"], Action = GuardAction.Mask }, $"top{new string(' ', blanks)}secret") > 0);

    [Theory]
    [InlineData("c++ and c", "c++", 3)]
    [InlineData("c++x", "c++", 3)]
    [InlineData("cc++", "c++", 0)]
    [InlineData("#tag", "#tag", 4)]
    [InlineData("a#tag", "#tag", 4)]
    [InlineData("#tags", "#tag", 0)]
    public void Words_AreWholeWhereTheyBeginAndEndWithLetters(string text, string word, int found) => Assert.Equal(found, Found(new GuardRule { Words = [word], Action = GuardAction.Mask }, text));

    /// <summary>The longest of the list is taken.</summary>
    [Fact]
    public void Words_OfAListThatBeginAlike_AreFoundAtTheirLongest() => Assert.Equal("project nightingale".Length, Found(new GuardRule { Words = ["project", "project nightingale"], Action = GuardAction.Mask }, "project nightingale"));

    /// <summary>Digits that pass Luhn's check.</summary>
    private static string Luhn(string first, int length) => Enumerable.Range(0, 10).Select(last => first + new string('1', length - 2) + last).Single(digits => Digits.IsLuhn(digits));

    private static int Found(string kind, string text) => Found(new GuardRule { Pii = kind, Action = GuardAction.Block }, text);

    /// <returns>The length of what is found first in the text; 0 for nothing.</returns>
    private static int Found(GuardRule rule, string text)
    {
        var guard = new TextGuard([rule]);
        var window = new TextWindow(text, '\0', isWhole: true);
        for (var at = 0; at < text.Length; at++)
        {
            if (guard.Find(ref window, at) is { Length: > 0 } found) return found.Length;
        }

        return 0;
    }
}
