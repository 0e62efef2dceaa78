using Serverless.Functions.Ingestion.Readers;
using static Serverless.Functions.Tests.Ingestion.Readers.OfficeFiles;
using static Serverless.Functions.Tests.Ingestion.Readers.TestReaders;

namespace Serverless.Functions.Tests.Ingestion.Readers;

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
    public void OpenDocument() => Assert.Equal("~~Closed~~ Open", Read("a.odt", Zip(
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        ("content.xml", """<o:document-content xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:t="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:s="urn:oasis:names:tc:opendocument:xmlns:style:1.0"><o:automatic-styles><s:style s:name="T1" s:family="text"><s:text-properties s:text-line-through-style="solid"/></s:style><s:style s:name="T2" s:family="text"><s:text-properties s:text-line-through-style="none"/></s:style></o:automatic-styles><o:body><o:text><t:p><t:span t:style-name="T1">Closed</t:span> <t:span t:style-name="T2">Open</t:span></t:p></o:text></o:body></o:document-content>"""))).Text);
}
