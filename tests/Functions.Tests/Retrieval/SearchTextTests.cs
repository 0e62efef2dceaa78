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
    [InlineData("\u202Babc\u202C \u2067d\u2069\u200E", "abc d")]
    [InlineData("\u2764\uFE0F \u845B\U000E0100\u57CE", "\u2764 \u845B\u57CE")]
    [InlineData("\u0643\u0640\u0640\u062A\u0627\u0628", "\u0643\u062A\u0627\u0628")]
    [InlineData("\u0643\u0650\u062A\u064E\u0627\u0628", "\u0643\u062A\u0627\u0628")]
    [InlineData("\u0627\u0654\u0648\u0627\u0653", "\u0623\u0648\u0622")]
    [InlineData("\u05E9\u05C1\u05B8\u05DC\u05D5\u05B9\u05DD \uFB2A\uFB4F", "\u05E9\u05DC\u05D5\u05DD \u05E9\u05D0\u05DC")]
    [InlineData("\uFEB3\uFEFC\uFEE1 \uFB56\uFB8B\uFBFC", "\u0633\u0644\u0627\u0645 \u067E\u0698\u06CC")]
    [InlineData("١٢٣ ۴۵ ०१ ๒๕๖๗ 𞥐", "123 45 01 2567 0")]
    [InlineData("ⅳ Ⅻ ㉑ ㊿ ⑴ ⅛", "iv XII 21 50 (1) 1/8")]
    [InlineData("⼈⿕ 豈", "人龠 豈")]
    [InlineData("𝛼𝚺 ㎐㏄", "αΣ Hzcc")]
    [InlineData("WM\u2011440", "WM-440")]
    [InlineData("\u1F71\u212B", "\u03AC\u00C5")]
    [InlineData("पानी", "पानी")]
    [InlineData("plain ASCII", "plain ASCII")]
    [InlineData("日本語🐢", "日本語🐢")]
    public void Normalize_WhatLooksTheSame_IsTheSame(string text, string expected) => Assert.Equal(expected, SearchText.Normalize(text));

    [Fact]
    public void Normalize_Twice_ChangesNothingMore() => Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
    {
        var once = SearchText.Normalize(text.Get);
        return SearchText.Normalize(once) == once;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Theory]
    [InlineData("cr\u00E8me", "creme")]
    [InlineData("ph\u1EDF", "pho")]
    [InlineData("\u0141\u00F3d\u017A", "Lodz")]
    [InlineData("Stra\u00DFe", "Strasse")]
    [InlineData("\u0153uvre", "oeuvre")]
    [InlineData("\u0391\u03B8\u03AE\u03BD\u03B1", "\u0391\u03B8\u03B7\u03BD\u03B1")]
    [InlineData("\u0451\u043B\u043A\u0430", "\u0435\u043B\u043A\u0430")]
    [InlineData("\u043C\u043E\u0439", "\u043C\u043E\u0439")]
    [InlineData("\u304C\u304E", "\u304C\u304E")]
    [InlineData("\uD55C\uAE00", "\uD55C\uAE00")]
    [InlineData("plain", "plain")]
    public void WithoutAccents_AWord_IsAsItIsTypedWithoutThem(string word, string expected) => Assert.Equal(expected, SearchText.WithoutAccents(word));

    /// <summary>A text that is as it is matched already has no second copy in the index.</summary>
    [Theory]
    [InlineData("日本語🐢")]
    [InlineData("पानी पीना")]
    [InlineData("กาแฟที่ดี")]
    [InlineData("Ἀθῆναι")]
    public void Normalize_WhatChangesNothing_IsTheSameObject(string text) => Assert.Same(text, SearchText.Normalize(text));

    [Fact]
    public void Normalize_Ascii_IsTheSameObject() => Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
    {
        var ascii = string.Concat(text.Get.Where(char.IsAscii));
        return ReferenceEquals(ascii, SearchText.Normalize(ascii));
    }).QuickCheckThrowOnFailure();
}
