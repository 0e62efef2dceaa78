using System.IO.Compression;
using System.Text;
using static Serverless.Documents.Tests.OfficeFiles;
using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

public sealed class OpenDocumentReaderTests
{
    private const string Spaces = "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" xmlns:style=\"urn:oasis:names:tc:opendocument:xmlns:style:1.0\""
        + " xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" xmlns:draw=\"urn:oasis:names:tc:opendocument:xmlns:drawing:1.0\" xmlns:fo=\"urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0\""
        + " xmlns:svg=\"urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0\" xmlns:presentation=\"urn:oasis:names:tc:opendocument:xmlns:presentation:1.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:xml=\"http://www.w3.org/XML/1998/namespace\"";

    private const string Styles = """
        <style:default-style style:family="paragraph"><style:text-properties fo:font-size="12pt"/></style:default-style>
        <style:style style:name="Title" style:family="paragraph"/>
        <style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>
        <style:style style:name="P2" style:family="paragraph"><style:text-properties text:display="none"/></style:style>
        <style:style style:name="P3" style:family="paragraph" style:list-style-name="L1"/>
        <style:style style:name="T1" style:family="text"><style:text-properties text:display="none"/></style:style>
        <style:style style:name="T2" style:family="text" style:parent-style-name="T1"/>
        <style:style style:name="T3" style:family="text"><style:text-properties style:text-position="super 58%"/></style:style>
        <style:style style:name="T4" style:family="text"><style:text-properties fo:font-size="1pt"/></style:style>
        <style:style style:name="dp1" style:family="drawing-page"><style:drawing-page-properties presentation:visibility="hidden"/></style:style>
        <style:style style:name="ta1" style:family="table"><style:table-properties table:display="false"/></style:style>
        <text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/><text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")" text:start-value="2"/></text:list-style>
        <text:list-style style:name="L2"><text:list-level-style-bullet text:level="1" text:bullet-char="•"><style:text-properties text:display="none"/></text:list-level-style-bullet></text:list-style>
        """;

    private static byte[] Odt(string body, string outline = "", string kind = "text") => Zip(
        ("mimetype", "application/vnd.oasis.opendocument." + kind),
        ("meta.xml", $"<office:document-meta {Spaces}><office:meta><dc:title>The title</dc:title></office:meta></office:document-meta>"),
        ("styles.xml", $"<office:document-styles {Spaces}><office:styles>{outline}</office:styles><office:master-styles><text:p>Running head</text:p></office:master-styles></office:document-styles>"),
        ("content.xml", $"<office:document-content {Spaces}><office:automatic-styles>{Styles}</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"));

    private static string Text(string body) => Read("a.odt", Odt(body)).Text;

    [Fact]
    public void Text_StandsUnderItsHeadings()
    {
        const string outline = "<text:outline-style><text:outline-level-style text:level=\"1\" style:num-format=\"1\" style:num-suffix=\".\"/><text:outline-level-style text:level=\"2\" style:num-format=\"1\" text:display-levels=\"2\"/></text:outline-style>";
        var document = Read("a.odt", Odt(
            "<text:h text:outline-level=\"1\">Care</text:h><text:p>Water\n  <text:span>fer</text:span>ns <text:s text:c=\"2\"/>weekly<text:tab/>or<text:line-break/>so.</text:p><text:h text:outline-level=\"2\">Roses</text:h><text:p/><text:p>Prune.</text:p>"
            + "<text:h text:outline-level=\"2\">Peonies</text:h><text:h text:outline-level=\"1\" text:is-list-header=\"true\">Index</text:h><text:p>End of <text:title>The title</text:title>.</text:p>", outline));
        Assert.Equal("1. Care\n\nWater ferns   weekly or\nso.\n\n1.1 Roses\n\nPrune.\n\n1.2 Peonies\n\nIndex\n\nEnd of The title.", document.Text);
        Assert.Equal(["1. Care", "1. Care > 1.1 Roses", "Index"], document.Sections.Select(section => section.Heading));
        Assert.Equal("The title", document.Title);
        Assert.Equal("Book\n\nx", Text("<text:p text:style-name=\"P1\">Book</text:p><text:p>x</text:p>"));
    }

    [Theory]
    [InlineData("<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion></text:changed-region></text:tracked-changes><text:p>a<text:change-start/>b<text:change-end/></text:p>", "ab")]
    [InlineData("<text:p>a<text:span text:style-name=\"T1\">b<text:span>c</text:span></text:span><text:span text:style-name=\"T2\">d</text:span><text:span text:style-name=\"T4\">e</text:span>f</text:p><text:p text:style-name=\"P2\">g</text:p>", "af")]
    [InlineData("<text:section text:display=\"none\"><text:p>gone</text:p></text:section><text:section><text:p>a<text:hidden-text text:is-hidden=\"true\">x</text:hidden-text></text:p></text:section><text:p><text:hidden-paragraph text:is-hidden=\"true\"/>gone</text:p>", "a")]
    [InlineData("<text:p>a<office:annotation><dc:creator>N</dc:creator><text:p>remark</text:p></office:annotation>b<text:ruby><text:ruby-base>漢</text:ruby-base><text:ruby-text>kan</text:ruby-text></text:ruby></text:p>", "ab漢")]
    [InlineData("<text:p>a<draw:frame><draw:image/><svg:title>picture</svg:title><svg:desc> </svg:desc></draw:frame>10<text:span text:style-name=\"T3\">5</text:span></text:p>", "a10⁵")]
    [InlineData("<text:p>Anchor.<draw:frame><draw:text-box><text:p>Boxed.</text:p></draw:text-box></draw:frame></text:p>", "Boxed.\n\nAnchor.")]
    [InlineData("<text:p>a<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Noted.</text:p></text:note-body></text:note>b</text:p>", "ab\n\nNotes\n\nNoted.")]
    public void What_IsNotSeen_GoesAndTheRestStays(string body, string text) => Assert.Equal(text, Text(body));

    [Fact]
    public void Lists_KeepTheirNumbers() => Assert.Equal(
        "1. One.\nMore of one.\nb) Inner.\nc) Last.\n2. Two.\n\nBetween.\n\n3. Three.\n7. Seven.\n\nBullet.\n\n1. By style.\n\nEnd.",
        Text("<text:list text:style-name=\"L1\"><text:list-item><text:p>One.</text:p><text:p>More of one.</text:p><text:list><text:list-item><text:p>Inner.</text:p></text:list-item><text:list-item><text:p>Last.</text:p></text:list-item></text:list></text:list-item>"
            + "<text:list-item><text:p>Two.</text:p></text:list-item></text:list><text:p>Between.</text:p><text:list text:style-name=\"L1\" text:continue-numbering=\"true\"><text:list-item><text:p>Three.</text:p></text:list-item>"
            + "<text:list-item text:start-value=\"7\"><text:p>Seven.</text:p></text:list-item></text:list><text:list text:style-name=\"L2\"><text:list-item><text:p>Bullet.</text:p></text:list-item></text:list>"
            + "<text:list><text:list-item><text:p text:style-name=\"P3\">By style.</text:p></text:list-item></text:list><text:p>End.</text:p>"));

    [Fact]
    public void Tables_KeepTheirCells()
    {
        const string cells = "<table:table><table:table-column table:number-columns-repeated=\"3\"/><table:table-header-rows><table:table-row><table:table-cell><text:p>Plant</text:p></table:table-cell><table:table-cell table:number-columns-spanned=\"2\"><text:p>Care</text:p></table:table-cell><table:covered-table-cell/></table:table-row></table:table-header-rows>"
            + "<table:table-row><table:table-cell table:number-rows-spanned=\"2\"><text:p>Fern</text:p></table:table-cell><table:table-cell><text:p>mist</text:p><text:p>daily</text:p></table:table-cell><table:table-cell><text:p>shade</text:p></table:table-cell></table:table-row>"
            + "<table:table-row><table:covered-table-cell/><table:table-cell/><table:table-cell><table:table><table:table-row><table:table-cell><text:p>in</text:p></table:table-cell><table:table-cell><text:p>ner</text:p></table:table-cell></table:table-row></table:table></table:table-cell></table:table-row></table:table>";
        var document = Read("a.odt", Odt(cells));
        Assert.Equal("| Plant | Care |  |\n| --- | --- | --- |\n| Fern | mist daily | shade |\n| Fern |  | in, ner |", document.Text);
        Assert.Equal(TextBlockKind.Table, Assert.Single(document.Blocks!).Kind);
    }

    [Fact]
    public void Sheets_AreSectionsWithoutWhatIsHidden()
    {
        const string body = "<table:table table:name=\"Stock\"><table:table-column/><table:table-column table:visibility=\"collapse\"/><table:table-column table:number-columns-repeated=\"1022\"/>"
            + "<table:table-row><table:table-cell><text:p>Plant</text:p></table:table-cell><table:table-cell><text:p>Secret</text:p></table:table-cell><table:table-cell><text:p>Since</text:p></table:table-cell><table:table-cell><text:p>Price</text:p></table:table-cell></table:table-row>"
            + "<table:table-row table:number-rows-repeated=\"2\"><table:table-cell><office:annotation><text:p>remark</text:p></office:annotation><text:p>Fern</text:p></table:table-cell><table:table-cell/><table:table-cell office:value-type=\"date\" office:date-value=\"2024-05-01T12:30:00\"><text:p>05/01/24</text:p></table:table-cell><table:table-cell office:value-type=\"currency\" office:value=\"4\"><text:p>€ 4.00</text:p></table:table-cell><table:table-cell table:number-columns-repeated=\"16380\"/></table:table-row>"
            + "<table:table-row table:visibility=\"filter\"><table:table-cell><text:p>Hidden</text:p></table:table-cell></table:table-row><table:table-row table:number-rows-repeated=\"1048572\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row></table:table>"
            + "<table:table table:name=\"Gone\" table:style-name=\"ta1\"><table:table-row><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row></table:table>"
            + "<table:table table:name=\"Notes\"><table:table-row><table:table-cell><text:p>One.</text:p></table:table-cell></table:table-row><table:table-row><table:table-cell><text:p>Two.</text:p></table:table-cell></table:table-row></table:table>";
        var document = Read("a.ods", Odt(body, kind: "spreadsheet"));
        Assert.Equal("Stock\n\n| Plant | Since | Price |\n| --- | --- | --- |\n| Fern | 2024-05-01 12:30 | € 4.00 |\n| Fern | 2024-05-01 12:30 | € 4.00 |\n\nNotes\n\nOne.\nTwo.", document.Text);
        Assert.Equal(["Stock", "Notes"], document.Sections.Select(section => section.Heading));
    }

    [Fact]
    public void Slides_ArePages()
    {
        const string body = "<draw:page draw:name=\"p1\"><draw:frame presentation:class=\"title\"><draw:text-box><text:p>Roses</text:p></draw:text-box></draw:frame><draw:frame presentation:class=\"outline\"><draw:text-box><text:list><text:list-item><text:p>Prune.</text:p></text:list-item></text:list></draw:text-box></draw:frame>"
            + "<draw:custom-shape><text:p>Shape.</text:p></draw:custom-shape><draw:frame presentation:class=\"page-number\"><draw:text-box><text:p>1</text:p></draw:text-box></draw:frame><presentation:notes><draw:page-thumbnail/><draw:frame presentation:class=\"notes\"><draw:text-box><text:p>Say it slowly.</text:p></draw:text-box></draw:frame></presentation:notes></draw:page>"
            + "<draw:page draw:style-name=\"dp1\"><draw:custom-shape><text:p>gone</text:p></draw:custom-shape></draw:page><draw:page><draw:custom-shape><text:p>Third.</text:p></draw:custom-shape></draw:page>";
        var document = Read("a.odp", Odt(body, kind: "presentation"));
        Assert.Equal([(1, "Roses", "Prune.\n\nShape.\n\nSay it slowly."), (3, "The title", "Third.")], Sections(document).Select(section => ((int)section.Page!, section.Heading!, section.Text)));
    }

    [Fact]
    public void File_IsFoundByItsTypeAndItsFirstBytes()
    {
        Assert.Equal("x", Read("letter", Odt("<text:p>x</text:p>"), "application/vnd.oasis.opendocument.text").Text);
        // The first entry is stored as it is (part 3, section 3.3), so that its bytes tell the type.
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            using (var type = archive.CreateEntry("mimetype", CompressionLevel.NoCompression).Open()) type.Write("application/vnd.oasis.opendocument.text"u8);
            using var content = archive.CreateEntry("content.xml").Open();
            content.Write(Encoding.UTF8.GetBytes($"<office:document-content {Spaces}><office:body><office:text><text:p>y</text:p></office:text></office:body></office:document-content>"));
        }

        Assert.Equal("y", Read("letter", stream.ToArray(), "application/octet-stream").Text);
        var flat = $"<?xml version=\"1.0\"?>\n<office:document {Spaces}>\n<office:meta><dc:title>T</dc:title></office:meta><office:automatic-styles>{Styles}</office:automatic-styles><office:master-styles><text:p>r</text:p></office:master-styles><office:body><office:text><text:p>x</text:p></office:text></office:body></office:document>";
        Assert.Equal(("x", "T"), (Read("a.fodt", flat).Text, Read("a.fodt", flat).Title));
    }

    [Theory]
    [InlineData("<text:p>x")]
    [InlineData("<text:p>&undefined;</text:p>")]
    public void File_ThatIsBroken_IsRefused(string body) => Assert.Contains("broken", Rejection("a.odt", Odt(body)), StringComparison.Ordinal);

    [Fact]
    public void File_ThatIsEncryptedOrNone_SaysSo()
    {
        Assert.Contains("encrypted", Rejection("a.odt", Zip(("content.xml", "x"), ("META-INF/manifest.xml", "<m:manifest xmlns:m=\"m\"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>"))), StringComparison.Ordinal);
        Assert.Contains("broken", Rejection("a.odt", Zip(("mimetype", "application/vnd.oasis.opendocument.text"))), StringComparison.Ordinal);
        Assert.Contains("broken", Rejection("a.odt", "no zip"), StringComparison.Ordinal);
        Assert.Contains("broken", Rejection("a.fodt", "<html><p>x</p></html>"), StringComparison.Ordinal);
    }

    /// <summary>A kilobyte that unpacks to a node of text without end, and cells that stand for millions.</summary>
    [Fact]
    public void File_ThatUnpacksToTooMuch_IsRefused()
    {
        var limits = new ReadingLimits { MaxTextCharacters = 100_000 };
        Assert.Contains("MaxTextCharacters", Rejection("a.odt", Odt($"<text:p>{new string('x', 2_000_000)}</text:p>"), limits), StringComparison.Ordinal);
        var rows = string.Concat(Enumerable.Repeat("<table:table-row table:number-rows-repeated=\"1000000\"><table:table-cell table:number-columns-repeated=\"16384\"><text:p>x</text:p></table:table-cell></table:table-row>", 100));
        Assert.Contains("MaxTextCharacters", Rejection("a.ods", Odt($"<table:table table:name=\"x\">{rows}</table:table>", kind: "spreadsheet"), limits), StringComparison.Ordinal);
    }

    [Fact]
    public void Contents_AreNotRead() =>
        Assert.Equal("Care\n\nx", Text("<text:table-of-content><text:index-body><text:index-title><text:p>Contents</text:p></text:index-title><text:p>Care<text:tab/>3</text:p></text:index-body></text:table-of-content><text:h text:outline-level=\"1\">Care</text:h><text:p>x</text:p>"));

    [Fact]
    public void Pictures_AreWhatWasWrittenOfThem() => Assert.Equal(
        "See A pump with its valve below.\n\nOn its own",
        Read("a.odt", Odt("<text:p>See <draw:frame><draw:image/><svg:title xmlns:svg=\"urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0\">Picture 1</svg:title><svg:desc xmlns:svg=\"urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0\">A pump\nwith its valve</svg:desc></draw:frame>below.</text:p><draw:frame><svg:desc xmlns:svg=\"urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0\">On its own</svg:desc></draw:frame>")).Text);
}
