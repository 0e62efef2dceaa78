using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Tests.Retrieval;

public sealed class SearchTextTests
{
    [Theory]
    [InlineData("ﬁg and ﬄ", "fig and ffl")]
    [InlineData("ro\u00ADse", "rose")]
    [InlineData("Ｆｅｒｎ（１２）　x", "Fern(12) x")]
    [InlineData("cafe\u0301", "caf\u00E9")]
    [InlineData("caf\u00E9", "caf\u00E9")]
    [InlineData("H₂O m²", "H2O m2")]
    [InlineData("ｶﾞｰﾃﾞﾝ", "ガーデン")]
    [InlineData("\u1112\u1161\u11AB", "\uD55C")]
    [InlineData("𝐅𝑒𝓇𝔫 𝟒", "Fern 4")]
    [InlineData("a\u00A0b\u200Bc", "a bc")]
    [InlineData("Ⅳ ① №", "IV 1 No")]
    [InlineData("plain ASCII", "plain ASCII")]
    [InlineData("日本語🐢", "日本語🐢")]
    public void Normalize_WhatLooksTheSame_IsTheSame(string text, string expected) => Assert.Equal(expected, SearchText.Normalize(text));

    [Fact]
    public void Normalize_Twice_ChangesNothingMore() => Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
    {
        var once = SearchText.Normalize(text.Get);
        return SearchText.Normalize(once) == once;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Normalize_Ascii_IsTheSameObject() => Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
    {
        var ascii = string.Concat(text.Get.Where(char.IsAscii));
        return ReferenceEquals(ascii, SearchText.Normalize(ascii));
    }).QuickCheckThrowOnFailure();
}
