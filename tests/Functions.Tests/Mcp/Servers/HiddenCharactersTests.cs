using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Mcp.Servers;

namespace Serverless.Functions.Tests.Mcp.Servers;

/// <summary>What a model reads and a person does not see is found; what people write is not.</summary>
public sealed class HiddenCharactersTests
{
    [Theory]
    [InlineData("a\u200bb", "U+200B")]
    [InlineData("a\u200db", "U+200D")]
    [InlineData("a\u202eb\u202c", "U+202E,U+202C")]
    [InlineData("\ufeffa", "U+FEFF")]
    [InlineData("a\u00adb", "U+00AD")]
    [InlineData("a\u0007", "U+0007")]
    [InlineData("a\u001b[31m", "U+001B")]
    [InlineData("\U000E0041\U000E0042", "U+E0041,U+E0042")]
    [InlineData("a\ufe0f", "U+FE0F")]
    [InlineData("a\U000E0100", "U+E0100")]
    [InlineData("a\ue000", "U+E000")]
    [InlineData("a\u2066b\u2069", "U+2066,U+2069")]
    [InlineData("a\u3164b", "U+3164")]
    public void In_HiddenText_TellsEach(string text, string found) => Assert.Equal(found, string.Join(',', HiddenCharacters.In(text)));

    [Theory]
    [InlineData("Plain words,\n\ttabs and \"quotes\".\r\n")]
    [InlineData("Grüße, naïve, Ελληνικά, русский, 日本語, עברית, العربية")]
    [InlineData("می\u200cخواهم")]
    [InlineData("क्\u200dष")]
    [InlineData("Family \U0001F468\u200d\U0001F469\u200d\U0001F467, heart \u2764\ufe0f, key 1\ufe0f\u20e3")]
    public void In_WhatPeopleWrite_FindsNothing(string text) => Assert.Empty(HiddenCharacters.In(text));

    [Fact]
    public void In_JsonOfAnyShape_LooksAtNamesAndTexts()
    {
        Assert.Equal(["U+200B"], HiddenCharacters.In(JsonElement.Parse("""{"a":[{"b\u200b":1}]}""")));
        Assert.Equal(["U+2060"], HiddenCharacters.In(JsonElement.Parse("""{"a":[{"b":["x\u2060y"]}]}""")));
        Assert.Empty(HiddenCharacters.In(JsonElement.Parse("""{"a":[{"b":["xy",1,true,null]}]}""")));
    }

    [Fact]
    public void In_AnyText_FindsEveryTagAndControl() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), Gen.Choose(0xE0001, 0xE007F).Or(Gen.Choose(0, 8)).Or(Gen.Choose(0x202A, 0x202E)).ToArbitrary(), (text, code) =>
        {
            var hidden = char.ConvertFromUtf32(code);
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"U+{code:X4}"), HiddenCharacters.In(hidden + (text ?? "")));
        }).QuickCheckThrowOnFailure();
}
