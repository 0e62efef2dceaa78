using System.Text;
using Serverless.Functions.Ingestion.Readers;
using static Serverless.Functions.Tests.Ingestion.Readers.TestReaders;

namespace Serverless.Functions.Tests.Ingestion.Readers;

public sealed class ReaderTests
{
    [Fact]
    public void Text_LineEnds_BecomeNewlines() => Assert.Equal("a\nb\nc\n", Read("a.txt", "a\r\nb\rc\n").Text);

    [Theory]
    [InlineData("a", "text/markdown; charset=utf-8", "*x*", "x")]
    [InlineData("a.MD", "application/octet-stream", "*x*", "x")]
    [InlineData("a.txt", "text/html", "<b>x</b>", "<b>x</b>")]
    [InlineData("release-notes-1.2", "text/markdown", "*x*", "x")]
    [InlineData("Notes from J. Wilson", "text/html", "<b>x</b>", "x")]
    [InlineData("page.aspx", "text/html", "<b>x</b>", "x")]
    [InlineData("README", null, "*x*", "*x*")]
    [InlineData("v1.2", "application/octet-stream", "<!DOCTYPE html><p>x", "x")]
    [InlineData("a.custom", "text/x-custom", "*x*", "*x*")]
    public void Pick_ExtensionThenMediaTypeThenContent(string path, string? contentType, string content, string expected) =>
        Assert.Equal(expected, Read(path, content, contentType).Text);

    [Theory]
    [InlineData("a.exe", "MZ")]
    [InlineData("a.pages", "x")]
    [InlineData("noending", "\u0001\u0002")]
    public void Pick_UnknownType_SaysWhichAreKnown(string path, string content)
    {
        var reason = Rejection(path, content);
        Assert.StartsWith("The file's type is not supported. Supported: ", reason, StringComparison.Ordinal);
        Assert.All((string[])[".docx", ".eml", ".epub", ".html", ".md", ".pdf", ".pptx", ".txt", ".xlsx", ".zip"], ending => Assert.Contains(ending, reason, StringComparison.Ordinal));
    }

    [Fact]
    public void Tags_InText_AreText() => Assert.Equal("ab <<SYS>> [INST] </s>", Read("a.txt", "ab <<SYS>> [INST] </s>").Text);

    [Fact]
    public void Code_KeepsItsLinesAndIndentation()
    {
        var document = Read("a.py", "def f():\n    # not a heading\n    return 1\n");
        Assert.Equal("def f():\n    # not a heading\n    return 1\n", document.Text);
        Assert.Equal(TextBlockKind.Code, Assert.Single(document.Blocks!).Kind);
        Assert.Equal("x = 1", Read("noending", "x = 1", "text/x-python").Text);
    }

    [Theory]
    [InlineData("Plant,Care\nFern,\"mist, daily\"\n\nRose,\"two\nlines \"\"q\"\"\"", "| Plant | Care |\n| --- | --- |\n| Fern | mist, daily |\n| Rose | two lines \"q\" |")]
    [InlineData("Plant;Light;Care\nFern;;mist\n", "| Plant | Light | Care |\n| --- | --- | --- |\n| Fern |  | mist |")]
    [InlineData("a\tb|c\n1\t2\n", "| a | b\\|c |\n| --- | --- |\n| 1 | 2 |")]
    [InlineData("sep=;\r\nPlant;Care\r\nFern;a,b,c\r\n", "| Plant | Care |\n| --- | --- |\n| Fern | a,b,c |")]
    [InlineData("sep=\nx=1\n", "| sep= |\n| --- |\n| x=1 |")]
    [InlineData("Plant, Care\nFern, \"mist, daily\"\n", "| Plant | Care |\n| --- | --- |\n| Fern | mist, daily |")]
    [InlineData("Comments\nHello, world\nYes, it is, indeed\nNo\n", "| Comments |\n| --- |\n| Hello, world |\n| Yes, it is, indeed |\n| No |")]
    public void Csv_BecomesATable(string content, string expected) => Assert.Equal(expected, Read("a.csv", content).Text);

    [Fact]
    public void Json_ValuesBecomeLinesAndRecordsParagraphs()
    {
        Assert.Equal("name: Fern\ncare.water: weekly\ncare.tags: a\ncare.tags: b\n\nname: Rose", Read("a.json", """[{"name":"Fern","care":{"water":"weekly","tags":["a","b"]}},{"name":"Rose","x":null}]""").Text);
        Assert.Equal("a: 1.50\n\na: true", Read("a.jsonl", "{\"a\":1.50}\n{\"a\":true}\n").Text);
    }

    [Theory]
    [InlineData("{\"a\":\n oops}", "The file is no JSON at line 2")]
    [InlineData("", "empty")]
    public void Json_Broken_SaysWhere(string content, string reason) => Assert.Contains(reason, Rejection("a.json", content), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"a":"x \ud800 y","\udc00k":"z"}""", "a: x \uFFFD y\n\uFFFDk: z")]
    [InlineData("""{"a":"\ud83d\ude00 \\ud800 \\\ud83d\u0041"}""", "a: \U0001F600 \\ud800 \\\uFFFDA")]
    public void Json_HalfPairsOfSurrogates_LoseOnlyThemselves(string content, string text) => Assert.Equal(text, Read("a.json", content).Text);

    /// <summary>What a parser does not know is told, once, and never tried again; in an archive it takes no neighbour with it.</summary>
    [Fact]
    public void Reader_ThatStumbles_RejectsItsFileAlone()
    {
        var readers = new DocumentReaders([new StumblingReader(), new PlainTextReader(), new ZipReader()]);
        ExtractedDocument Read(string name, byte[] content) => readers.Read(new DocumentFile(name, null, content), new ReadingLimits(), default);
        var rejected = Assert.Throws<DocumentRejectedException>(() => Read("a.odd", "secret"u8.ToArray()));
        Assert.Equal("The file holds something that cannot be read (InvalidOperationException).", rejected.Message);
        Assert.Null(rejected.InnerException);
        Assert.Equal("b.txt\n\nFine.", Read("a.zip", OfficeFiles.Zip(("a.odd", "secret"), ("b.txt", "Fine."))).Text);
    }

    [Fact]
    public void Json_NestedAsDeepAsLong_IsRejected() => Assert.Contains("64 levels", Rejection("a.json", new string('[', 1_000_000)), StringComparison.Ordinal);

    [Theory]
    [InlineData("a.png")]
    [InlineData("a.jpeg")]
    [InlineData("scan.TIFF")]
    public void Picture_NeedsOcr(string path) => Assert.StartsWith("needs OCR", Rejection(path, "x"), StringComparison.Ordinal);

    [Fact]
    public void Reading_PastItsTextLimit_NamesTheSetting() => Assert.Equal(
        "The file holds more than 1000 characters of text (Ingestion:MaxTextCharacters).",
        Rejection("a.txt", Encoding.UTF8.GetBytes(new string('x', 1001)), new ReadingLimits { MaxTextCharacters = 1000 }));

    private sealed class StumblingReader : IDocumentReader
    {
        public IReadOnlyList<string> Extensions { get; } = [".odd"];

        public IReadOnlyList<string> MediaTypes { get; } = [];

        public ExtractedDocument Read(DocumentFile file, ReadingScope scope) => throw new InvalidOperationException("secret");
    }
}
