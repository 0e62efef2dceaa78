using static Serverless.Documents.Tests.OfficeFiles;
using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

/// <summary>What its author struck through is told from what holds, in each format that can strike.</summary>
public sealed class StruckTextTests
{
    [Theory]
    [InlineData("<p>Fee <del>100</del> <ins>80</ins> euros.", "Fee ~~100~~ 80 euros.")]
    [InlineData("<p><s>Closed on Mondays.</s> Open daily, <strike> not </strike>seldom.", "~~Closed on Mondays.~~ Open daily, ~~not~~ seldom.")]
    [InlineData("<style>.old{text-decoration:line-through}</style><p><span class=old>12</span> 9, <span style='text-decoration-line: underline line-through'>8</span>", "~~12~~ 9, ~~8~~")]
    [InlineData("<del><p>One.</p><p>Two <s>and <b>more</b></s>.</p></del><p>Three.", "~~One.~~\n\n~~Two and more.~~\n\nThree.")]
    [InlineData("<ul><li><del>Water.</del><li>Feed.</ul><ol><li><s>Dig.</s><li>Rest.</ol>", "~~Water.~~\nFeed.\n\n1. ~~Dig.~~\n2. Rest.")]
    [InlineData("<table><tr><th>a<th>b<tr><td><del>1</del> 2<td><s></s>3</table>", "| a | b |\n| --- | --- |\n| ~~1~~ 2 | 3 |")]
    [InlineData("<p>x <del><img src=a> </del>y <del hidden>z</del>", "x y")]
    [InlineData("<pre style='text-decoration:line-through'>a\n<del>b</del></pre><p>c", "a\nb\n\nc")]
    [InlineData("<h2><s>Old</s> New</h2><p>Text.", "~~Old~~ New\n\nText.")]
    public void Html(string html, string text) => Assert.Equal(text, Read("a.html", $"<body>{html}</body>").Text);

    [Fact]
    public void Markdown_StaysAsItIsWritten() => Assert.Equal("Fee ~~100~~ 80 and ~~9~~.", Read("a.md", "Fee ~~100~~ 80 and <del>9</del>.\n").Text);

    [Theory]
    [InlineData("<w:r><w:rPr><w:strike/></w:rPr><w:t>Closed</w:t></w:r><w:r><w:t xml:space=\"preserve\"> Open</w:t></w:r>", "~~Closed~~ Open")]
    [InlineData("<w:r><w:rPr><w:strike/></w:rPr><w:t>Clo</w:t></w:r><w:r><w:rPr><w:dstrike/></w:rPr><w:t xml:space=\"preserve\">sed on </w:t></w:r><w:r><w:t>Open</w:t></w:r>", "~~Closed on~~ Open")]
    [InlineData("<w:r><w:rPr><w:strike w:val=\"false\"/></w:rPr><w:t>Open</w:t></w:r>", "Open")]
    [InlineData("<w:pPr><w:rPr><w:strike/></w:rPr></w:pPr><w:r><w:t>Open</w:t></w:r>", "Open")]
    [InlineData("<w:del><w:r><w:rPr><w:strike/></w:rPr><w:delText>gone</w:delText></w:r></w:del><w:r><w:t>Open</w:t></w:r>", "Open")]
    public void Word_(string runs, string text) => Assert.Equal(text, Read("a.docx", Word($"<w:p>{runs}</w:p>")).Text);

    [Fact]
    public void Slide() => Assert.Contains("~~Closed~~ Open", Read("a.pptx", Slides(("<p:sp><p:txBody><a:p><a:r><a:rPr strike=\"sngStrike\"/><a:t>Closed</a:t></a:r><a:r><a:rPr strike=\"noStrike\"/><a:t> Open</a:t></a:r></a:p></p:txBody></p:sp>", false, null))).Text, StringComparison.Ordinal);

    [Theory]
    [InlineData(@"\strike Closed\strike0  Open", "~~Closed~~ Open")]
    [InlineData(@"{\striked1 Closed {\b on} Monday} Open", "~~Closed on Monday~~ Open")]
    [InlineData(@"{\strike One.\par Two.}\par Three.", "~~One.~~\n\n~~Two.~~\n\nThree.")]
    [InlineData(@"\strike Closed \plain Open", "~~Closed~~ Open")]
    public void Rtf(string body, string text) => Assert.Equal(text, Read("a.rtf", @"{\rtf1\ansi " + body + "}").Text);

    [Fact]
    public void Cells_AndRunsOfCells() => Assert.Equal(
        "S\n\n| Item | Until |\n| --- | --- |\n| was ~~forty~~ fifty | ~~2023-03-15~~ |\n| keep ~~gone too~~ x² | 2023-03-15 |\n| all | ~~text~~ |",
        Read("a.xlsx", Workbook(
            ["<r><t xml:space=\"preserve\">was </t></r><r><rPr><strike/></rPr><t>forty</t></r><r><rPr><strike val=\"0\"/></rPr><t xml:space=\"preserve\"> fifty</t></r>", "text"],
            ("S", """
                <row><c t="inlineStr"><is><t>Item</t></is></c><c t="inlineStr"><is><t>Until</t></is></c></row><row><c t="s" s="5"><v>0</v></c><c s="5"><v>45000</v></c></row>
                <row><c t="inlineStr"><is><r><t xml:space="preserve">keep </t></r><r><rPr><strike/></rPr><t>gone</t></r><r><rPr><strike/></rPr><t xml:space="preserve"> too</t></r><r><t xml:space="preserve"> x</t></r><r><rPr><vertAlign val="superscript"/></rPr><t>2</t></r></is></c><c s="1"><v>45000</v></c></row>
                <row><c t="inlineStr"><is><t>all</t></is></c><c t="s" s="5"><v>1</v></c></row>
                """, false))).Text);

    [Fact]
    public void Cells_OfBinaryWorkbooks()
    {
        const string text = "S\n\n| Item | Until |\n| --- | --- |\n| Fern | ~~2023-03-15~~ |\n| Rose | 2023-03-15 |";
        Assert.Equal(text, Read("a.xls", BookFiles.Write(["Item", "Until", "Fern", "Rose"], ["dd.mm.yyyy", "~~dd.mm.yyyy"], BookFiles.Of(
            "S", BookFiles.Text(0, 0, 0), BookFiles.Text(0, 1, 1), BookFiles.Text(1, 0, 2), BookFiles.Number(1, 1, 45000, 2), BookFiles.Text(2, 0, 3), BookFiles.Number(2, 1, 45000, 1)))).Text);
        Assert.Equal(text, Read("a.xlsb", XlsbFiles.Write(["Item", "Until", "Fern", "Rose"], ["dd.mm.yyyy", "~~dd.mm.yyyy"], XlsbFiles.Of(
            "S", XlsbFiles.Row(0), XlsbFiles.Text(0, 0), XlsbFiles.Text(1, 1), XlsbFiles.Row(1), XlsbFiles.Text(0, 2), XlsbFiles.Number(1, 45000, 2), XlsbFiles.Row(2), XlsbFiles.Text(0, 3), XlsbFiles.Number(1, 45000, 1)))).Text);
    }

    [Fact]
    public void BinaryWord()
    {
        byte[] struck = OldWordFiles.Change(0x0837, 1), twice = OldWordFiles.Change(0x2A53, 1), raised = OldWordFiles.Change(0x2A48, 1);
        Assert.Equal("~~Closed on Monday~~ Open 10~~⁵ or~~²\n\n~~All of it.~~\n\nOpen", Read("a.doc", OldWordFiles.Write(
            [
                new([new("Closed ", struck), new("on Monday", twice), new(" Open 10"), new("5", [.. raised, .. struck]), new(" or", struck), new("2", raised)]), OldWordFiles.Of("All of it.", 1),
                new([new("Open", OldWordFiles.Change(0x0837, 0))], Style: 1),
            ],
            [new(0, "Normal"), new(4094, "Old", Characters: struck)])).Text);
    }

    [Fact]
    public void OpenDocument_OfParagraphsAndCells() => Assert.Equal(
        "~~All of it.~~\n\n| ~~2023-03-15~~ | ~~Closed and gone~~ |\n| --- | --- |\n| Open | x |",
        Read("a.odt", Zip(
            ("mimetype", "application/vnd.oasis.opendocument.text"),
            ("content.xml", """<o:document-content xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:t="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:a="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:s="urn:oasis:names:tc:opendocument:xmlns:style:1.0"><o:automatic-styles><s:style s:name="T1" s:family="text"><s:text-properties s:text-line-through-style="solid"/></s:style><s:style s:name="P0" s:family="paragraph"><s:text-properties s:text-line-through-style="solid"/></s:style><s:style s:name="P1" s:family="paragraph" s:parent-style-name="P0"/><s:style s:name="ce1" s:family="table-cell"><s:text-properties s:text-line-through-type="single"/></s:style></o:automatic-styles><o:body><o:text><t:p t:style-name="P1">All <t:span t:style-name="T1">of</t:span> it.</t:p><a:table><a:table-row><a:table-cell a:style-name="ce1" o:value-type="date" o:date-value="2023-03-15"><t:p>15.3.23</t:p></a:table-cell><a:table-cell><t:p t:style-name="P1">Closed <t:span>and</t:span> gone</t:p></a:table-cell></a:table-row><a:table-row><a:table-cell><t:p>Open</t:p></a:table-cell><a:table-cell><t:p>x</t:p></a:table-cell></a:table-row></a:table></o:text></o:body></o:document-content>"""))).Text);

    [Fact]
    public void OpenDocument() => Assert.Equal("~~Closed~~ Open", Read("a.odt", Zip(
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        ("content.xml", """<o:document-content xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:t="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:s="urn:oasis:names:tc:opendocument:xmlns:style:1.0"><o:automatic-styles><s:style s:name="T1" s:family="text"><s:text-properties s:text-line-through-style="solid"/></s:style><s:style s:name="T2" s:family="text"><s:text-properties s:text-line-through-style="none"/></s:style></o:automatic-styles><o:body><o:text><t:p><t:span t:style-name="T1">Closed</t:span> <t:span t:style-name="T2">Open</t:span></t:p></o:text></o:body></o:document-content>"""))).Text);
}
