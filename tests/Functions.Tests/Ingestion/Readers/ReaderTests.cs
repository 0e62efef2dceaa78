using System.Text;
using Serverless.Functions.Ingestion.Readers;

namespace Serverless.Functions.Tests.Ingestion.Readers;

public sealed class ReaderTests
{
    private static readonly DocumentReaders All = new([new PlainTextReader(), new MarkdownReader(), new HtmlReader()]);

    [Fact]
    public void Markdown_Headings_MakeSectionsOutsideThem()
    {
        var document = Read("a.md", "Intro.\n\n# One *loud*\n\nFirst.\n\n## Two\n\nSecond `code` and [a link](https://example.org).\n\n# Three\n\nThird.\n");
        Assert.Equal(
            [(null, "Intro."), ("One loud", "First."), ("One loud > Two", "Second code and a link."), ("Three", "Third.")],
            document.Sections.Select(section => (section.Heading, document.Text[section.Start..section.End])));
        Assert.Contains("One loud", document.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Markdown_ListsTablesCode_BecomeLines()
    {
        var document = Read("a.md", "---\ntitle: gone\n---\n\n- one\n- two\n  - three\n\n| a | b |\n|---|---|\n| c | d |\n\n```\nlet x = 1\n```\n\n> quoted\n\n<script>alert(1)</script>\n");
        Assert.Equal("one\ntwo\nthree\n\na | b\nc | d\n\nlet x = 1\n\nquoted", document.Text);
    }

    [Fact]
    public void Markdown_OnlyHeadings_AreFoundAllTheSame()
    {
        var document = Read("a.md", "# One\n\n## Two\n");
        Assert.Equal("One\n\nTwo", document.Text);
        Assert.Single(document.Sections);
    }

    [Fact]
    public void Markdown_NestedTooDeeply_IsRejected() =>
        Assert.Contains("nested too deeply", Rejection("a.md", new string('>', 5000) + " x"), StringComparison.Ordinal);

    [Fact]
    public void Html_Page_KeepsWhatAPersonReads()
    {
        var document = Read("a.html", """
            <html><head><title>Roses</title><style>p{}</style><script>alert('x')</script></head>
            <body><nav>Home | About</nav><main><h1>Roses</h1><p>Prune   them <b>in
            spring</b>.</p><ul><li>Sharp knife</li><li>Gloves</li></ul>
            <table><tr><th>Month</th><th>Job</th></tr><tr><td>March</td><td>Prune</td></tr></table>
            <h2>Pests</h2><p>Aphids &amp; mites.<br>Mildew.</p><p hidden>Secret</p></main><footer>(c)</footer></body></html>
            """);
        Assert.Equal("Roses\n\nPrune them in spring.\n\nSharp knife\nGloves\n\nMonth | Job\nMarch | Prune\n\nPests\n\nAphids & mites.\nMildew.", document.Text);
        Assert.Equal(["Roses", "Roses > Pests"], document.Sections.Select(section => section.Heading));
    }

    [Fact]
    public void Html_WithoutHeadings_TakesItsTitle() =>
        Assert.Equal("About figs", Assert.Single(Read("a.htm", "<title>About figs</title><p>Figs like light.</p>").Sections).Heading);

    [Theory]
    [InlineData(200_000)]
    [InlineData(1_000_000)]
    public void Html_NestedAsDeepAsLong_IsRejected(int depth) =>
        Assert.Contains("nested too deeply", Rejection("a.html", string.Concat(Enumerable.Repeat("<div>", depth)) + "lost"), StringComparison.Ordinal);

    [Fact]
    public void Html_NestedLikeAnyPage_IsRead() =>
        Assert.Equal("found", Read("a.html", string.Concat(Enumerable.Repeat("<div>", 200)) + "found").Text);

    [Fact]
    public void Text_LineEnds_BecomeNewlines() => Assert.Equal("a\nb\nc\n", Read("a.txt", "a\r\nb\rc\n").Text);

    [Fact]
    public void Text_ByteOrderMarks_AreTolerated()
    {
        Assert.Equal("ä", All.Read("a.txt", null, Encoding.UTF8.GetPreamble().Concat(Encoding.UTF8.GetBytes("ä")).ToArray(), default).Text);
        Assert.Equal("ä🐢", All.Read("a.txt", null, Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("ä🐢")).ToArray(), default).Text);
        Assert.Equal("ä", All.Read("a.txt", null, Encoding.BigEndianUnicode.GetPreamble().Concat(Encoding.BigEndianUnicode.GetBytes("ä")).ToArray(), default).Text);
    }

    [Fact]
    public void Text_NotUtf8_IsRejectedAtItsByte()
    {
        Assert.Equal("The file is not UTF-8 at byte 4.", Rejection("a.txt", [.. "Gut "u8, 0xFC, .. "ber"u8]));
        Assert.Equal("The file is not UTF-8 at byte 5.", Rejection("a.txt", [0xEF, 0xBB, 0xBF, .. "ab"u8, 0xFF]));
        Assert.Equal("The file is not UTF-8 at byte 2.", Rejection("a.txt", [.. "ab"u8, 0xE2, 0x82]));
    }

    [Theory]
    [InlineData("a", "text/markdown; charset=utf-8", "*x*", "x")]
    [InlineData("a.MD", "application/octet-stream", "*x*", "x")]
    [InlineData("a.txt", "text/html", "<b>x</b>", "<b>x</b>")]
    public void Pick_ExtensionBeforeMediaType(string path, string contentType, string content, string expected) =>
        Assert.Equal(expected, All.Read(path, contentType, Encoding.UTF8.GetBytes(content), default).Text);

    [Fact]
    public void Pick_UnknownType_SaysWhichAreKnown() =>
        Assert.Equal("The file's type is not supported. Supported: .htm, .html, .log, .markdown, .md, .text, .txt, .xhtml.", Rejection("a.pdf", "%PDF-1.7"));

    [Fact]
    public void Tags_InText_AreRejectedWithTagAndOffsetOnly() =>
        Assert.Equal("The text holds the control tag '<<SYS>>' at character 3; documents must not contain chat tags.", Rejection("a.txt", "ab <<SYS>> secret"));

    private static ExtractedDocument Read(string path, string content)
    {
        var document = All.Read(path, null, Encoding.UTF8.GetBytes(content), default);
        Assert.All(document.Sections, section => Assert.InRange(section.End, section.Start + 1, document.Text.Length));
        return document;
    }

    private static string Rejection(string path, string content) => Rejection(path, Encoding.UTF8.GetBytes(content));

    private static string Rejection(string path, byte[] content) =>
        Assert.Throws<DocumentRejectedException>(() => All.Read(path, null, content, default)).Message;
}
