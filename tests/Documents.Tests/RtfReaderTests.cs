using System.Text;
using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

public sealed class RtfReaderTests
{
    private const string Head =
        @"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fnil\fcharset204 Arial Cyr;}{\f2\fcharset2 Symbol;}{\f3\fcharset128 MS Mincho{\*\falt x};}{\f4\fcharset2 Wingdings;}}"
        + @"{\colortbl;\red0\green0\blue0;}{\stylesheet{\ql Normal;}{\s1\outlinelevel0 heading 1;}{\s2 {\*\soutlvl x}heading 2;}{\*\cs10 Default Paragraph Font;}{\s7\outlinelevel1 Own;}}{\info{\title The title}{\author Nobody}}";

    private static string Text(string body) => Read("a.rtf", Head + body + "}").Text;

    [Fact]
    public void Paragraphs_StandUnderTheHeadingsOfTheirStyles()
    {
        var document = Read("a.rtf", Head + "{\\header Running head\\par}\\pard\\s1 Care\\par\n\\pard\\plain\\f0 Water {\\b fer\nns} weekly.\\par Feed\\line monthly.\\par\\pard\\s2 Roses\\par\\pard Prune in March.\\par\\pard\\s7 Peonies\\par\\pard Never.}");
        Assert.Equal("Care\n\nWater ferns weekly.\n\nFeed\nmonthly.\n\nRoses\n\nPrune in March.\n\nPeonies\n\nNever.", document.Text);
        Assert.Equal(["Care", "Care > Roses", "Care > Peonies"], document.Sections.Select(section => section.Heading));
        Assert.Equal("The title", document.Title);
        Assert.Equal("x", Read("letter.doc", @"{\rtf1 x}", "application/msword").Text);
    }

    /// <summary>A star says that a group may be skipped at its beginning alone; StarWriter wrote it before styles of letters.</summary>
    [Theory]
    [InlineData(@"{\loch\f0\i0\*\cs7\cf0 The fern} grows.", "The fern grows.")]
    [InlineData(@"{\*\secret no} {\f0 {\*\secret no}The fern}", "The fern")]
    [InlineData("{\r\n\\*\\secret no}The fern", "The fern")]
    public void Star_AmidAGroup_SkipsNothing(string body, string text) => Assert.Equal(text, Text(body));

    /// <summary>As programs write that fill in templates.</summary>
    [Theory]
    [InlineData(@"Grüße {\b für} 😀 – 日本\par", "Grüße für 😀 – 日本")]
    [InlineData(@"\u252?Ü", "üÜ")]
    public void Utf8_InIt_IsRead(string body, string text) => Assert.Equal(text, Text(body));

    [Theory]
    [InlineData(@"caf\'e9 \u9731?, \u8211\'96 \uc0\u955 x\uc2\u233\'e9\'e9.", "café ☃, – λxé.")]
    [InlineData(@"{\f1 \'cf\'e8\'ee\'ed} {\f3 \'93\'fa\'96\'7b}", "Пион 日本")]
    [InlineData(@"{\f3 \'83A\'83C}", "アイ")]
    [InlineData(@"\u-10179?\u-8704? \u-10179? end", "😀 \uFFFD end")]
    [InlineData(@"{\f2 a\'b3\u-3998?} {\f4 \'fe}", "α≥β ☑")]
    [InlineData(@"\{a\\b\}\~c\_d e\-f \emdash\ldblquote q\rdblquote", "{a\\b}\u00A0c-d ef —“q”")]
    [InlineData(@"a\tab b\'zz", "a bzz")]
    [InlineData("a\\\nb", "a\n\nb")]
    public void Characters_OfAnyFont_AreRead(string body, string text) => Assert.Equal(text, Text(body));

    [Theory]
    [InlineData(@"Shown {\v hidden}{\deleted gone} here\v  too\v0 .", "Shown  here.")]
    [InlineData(@"a{\field{\*\fldinst HYPERLINK ""http://x""}{\fldrslt link}}b{\*\unknown {\b c}}{\*\bkmkstart d}{\xe e}", "alinkb")]
    [InlineData(@"a{\pict\pngblip 89504e47}{\object{\*\objdata 0102}{\result seen}}b{\*\shppict{\pict\bin3 {}x}}{\nonshppict{\pict 00}}", "aseenb")]
    [InlineData(@"{\upr{A}{\*\ud{\uc0 \u196}}}", "Ä")]
    [InlineData(@"a{\*\annotation c}{\footer f}{\*\generator g;}", "a")]
    [InlineData(@"10{\super 5}, m\super 2\nosupersub , x{\super n+1}", "10⁵, m², xⁿ⁺¹")]
    public void What_IsNotSeen_Goes(string body, string text) => Assert.Equal(text, Text(body));

    [Fact]
    public void Items_KeepTheirNumbers() => Assert.Equal(
        "Steps:\n\n1. Open.\n2. Close.\na) Old.\nPlain bullet.\n\nEnd.",
        Text(@"Steps:\par{\listtext\f0 1.\tab}Open.\par{\listtext\f0 2.\tab}Close.\par\par{\pntext a)\tab}Old.\par{\listtext\f2\'b7\tab}Plain bullet.\par{\*\pn\pnlvlbody}End."));

    [Fact]
    public void Tables_KeepTheirCells()
    {
        const string rows = @"\pard\intbl Plant\cell Care\cell Light\cell\row\trowd\clvmgf\cellx1\cellx2\cellx3\pard\intbl Fern\cell {mist\par daily}\cell\cell\row"
            + @"\trowd\clvmrg\cellx1\cellx2\cellx3\intbl\cell feed\cell {\itap2 in\nestcell{\nonesttables\par}ner\nestcell{\*\nesttableprops\trowd\nestrow}}\itap1\cell\row\pard After.\par";
        var document = Read("a.rtf", Head + @"\trowd\cellx1\cellx2\cellx3" + rows + "}");
        Assert.Equal("| Plant | Care | Light |\n| --- | --- | --- |\n| Fern | mist daily |  |\n| Fern | feed | in, ner |\n\nAfter.", document.Text);
        Assert.Equal(TextBlockKind.Table, Assert.Single(document.Blocks!).Kind);
        Assert.Equal("Framed.\n\nx", Text(@"\trowd\cellx1\pard\intbl Framed.\cell\row\pard x"));
    }

    [Fact]
    public void Notes_AndBoxes_StandForThemselves() => Assert.Equal(
        "Boxed.\n\nWater ferns.\n\nNotes\n\nIn summer.",
        Text(@"Water{\super\chftn}{\footnote\pard\plain{\super\chftn} In summer.} ferns.{\shp{\*\shpinst{\sp{\sn x}{\sv 1}}{\shptxt\pard Boxed.\par}}{\shprslt{\*\do{\dptxbxtext Boxed.\par}}}}\par"));

    [Theory]
    [InlineData(@"{\rtf1 cut {\b off", "cut off")]
    [InlineData("\uFEFF {\\rtf1 x}}}} y", "x y")]
    [InlineData(@"{\rtf1\u}", null)]
    [InlineData(@"{\rtf1\ansicpg99999 x\'e9\f77 y\cpg0 z\bin999999 w}", "xéyz")]
    public void File_ThatIsBroken_IsReadAsFarAsItGoes(string content, string? text)
    {
        if (text is null) Assert.Contains("no text", Rejection("a.rtf", content), StringComparison.Ordinal);
        else Assert.Equal(text, Read("a.rtf", content).Text);
    }

    [Fact]
    public void File_ThatIsNone_SaysSo() => Assert.Contains(@"does not begin with {\rtf", Rejection("a.rtf", "x"), StringComparison.Ordinal);

    /// <summary>Any bytes after the head are read or refused, and quickly.</summary>
    [Fact]
    public void File_OfAnyWords_NeverStumbles()
    {
        string[] pieces = [@"\par", @"\cell", @"\row", @"\trowd", @"\cellx9", "{", "}", @"\*", @"\u-1", @"\'8", @"\'93", " x", @"\footnote", @"\shptxt", @"\super", @"\nosupersub", @"\f3", @"\intbl", @"\fonttbl", @"\stylesheet", @"\s1", @"\upr", @"\ud", @"\bin2", @"\listtext", @"\nestcell", "\\"];
        var random = new Random(1);
        for (var i = 0; i < 2000; i++)
        {
            var content = @"{\rtf1 " + string.Concat(Enumerable.Range(0, 40).Select(_ => pieces[random.Next(pieces.Length)]));
            try
            {
                Read("a.rtf", Encoding.Latin1.GetBytes(content));
            }
            catch (DocumentRejectedException rejected)
            {
                Assert.Contains("no text", rejected.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Contents_AreNotRead() =>
        Assert.Equal("Care\n\nx", Read("a.rtf", @"{\rtf1{\stylesheet{\s1 heading 1;}{\s5 toc 1;}}\pard\s5 Care\tab 3\par\pard\s1 Care\par\pard x}").Text);
}
