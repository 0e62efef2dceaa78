using System.Text;
using Serverless.Documents.Archives;
using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

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
    [InlineData("Report 2024\nMade: 1 May, by me\n\nname,price,qty\nPump,1,2\nFan,2,3\n", "Report 2024\nMade: 1 May, by me\n\n| name | price | qty |\n| --- | --- | --- |\n| Pump | 1 | 2 |\n| Fan | 2 | 3 |")]
    [InlineData("# of 2024\n# by me\nname;price\nPump;1,5\n", "# of 2024\n# by me\n\n| name | price |\n| --- | --- |\n| Pump | 1,5 |")]
    [InlineData("Report,,\n\"As of, May\",,\n,,\nname,price,qty\nPump,1,2\n", "Report\nAs of, May\n\n| name | price | qty |\n| --- | --- | --- |\n| Pump | 1 | 2 |")]
    [InlineData(",x\nPump,1\n", "|  | x |\n| --- | --- |\n| Pump | 1 |")]
    [InlineData("a,b\n\"open,1\nx,2\n", "| a | b |\n| --- | --- |\n| \"open | 1 |\n| x | 2 |")]
    [InlineData("1,5;2,5\n3,5;4,5", "| 1,5 | 2,5 |\n| --- | --- |\n| 3,5 | 4,5 |")]
    [InlineData("a,b\n\"x\\\"y\",\"C:\\d\\\"\n3,4", "| a | b |\n| --- | --- |\n| x\"y | C:\\d\\ |\n| 3 | 4 |")]
    public void Csv_BecomesATable(string content, string expected) => Assert.Equal(expected, Read("a.csv", content).Text);

    [Fact]
    public void Json_ValuesBecomeLinesAndRecordsParagraphs()
    {
        Assert.Equal("name: Fern\ncare.water: weekly\ncare.tags: a\ncare.tags: b\n\nname: Rose", Read("a.json", """[{"name":"Fern","care":{"water":"weekly","tags":["a","b"]}},{"name":"Rose","x":null}]""").Text);
        Assert.Equal("a: 1.50\n\na: true", Read("a.jsonl", "{\"a\":1.50}\n{\"a\":true}\n").Text);
    }

    [Theory]
    [InlineData("a.json", """{"a":NaN,"b":[Infinity,-Infinity],"c":"NaN \"Infinity"}""", "a: NaN\nb: Infinity\nb: -Infinity\nc: NaN \"Infinity")]
    [InlineData("a.json", """{"a":"\u0000x\u001b[31my\tz"}""", "a: xy\tz")]
    [InlineData("a.jsonl", "{\"a\":1}\r\n\r\n{\"b\":2}\n{\"c\": tru", "a: 1\n\nb: 2\n\n{\"c\": tru")]
    [InlineData("a.ndjson", "Starting up\n{\"a\":1}\n{\"a\":NaN}\n", "Starting up\n\na: 1\n\na: NaN")]
    [InlineData("a.jsonl", "{\n\"a\": 1\n}\n{\n\"a\": 2\n}", "a: 1\n\na: 2")]
    public void Json_AsProgramsWriteIt_IsRead(string path, string content, string text) => Assert.Equal(text, Read(path, content).Text);

    [Theory]
    [InlineData("a.json", "{\"a\": NaNs}")]
    [InlineData("a.jsonl", "no\njson\n{\"a\":1}\n")]
    public void Json_ThatIsNone_IsRefusedAllTheSame(string path, string content) => Assert.StartsWith("The file is no JSON at line 1", Rejection(path, content), StringComparison.Ordinal);

    /// <summary>As printers' files and what is drawn out of PDFs have them.</summary>
    [Fact]
    public void Text_FormFeeds_PartPages()
    {
        var document = Read("a.txt", "One\r\n\f\r\n\fThree\n\fFour");
        Assert.Equal("One\n\n\n\nThree\n\nFour", document.Text);
        Assert.Equal([(1, "One"), (3, "Three"), (4, "Four")], Sections(document).Select(section => (section.Page!.Value, section.Text.Trim())));
        Assert.Null(Assert.Single(Read("a.txt", "\fOnly\n\f").Sections).Page);
        Assert.Contains("Ingestion:MaxPages", Rejection("a.txt", System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("x\f", 20)) + "x"), new ReadingLimits { MaxPages = 10 }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("guide.rst", "Title\n=====\n")]
    [InlineData("guide.adoc", "= Title\n")]
    [InlineData("page.vue", "<template/>")]
    [InlineData("fix.patch", "+a\n-b")]
    public void Text_OfMoreFormats_IsReadAsItIs(string path, string content) => Assert.Equal(content, Read(path, content).Text);

    [Theory]
    [InlineData("From: a@b\nSubject: S\nMIME-Version: 1.0\n\nBody\n", "S\n\nFrom: a@b\n\nBody")]
    [InlineData("Received: by x\n\tfor y\r\nMIME-version: 1.0\r\n\r\nBody\r\n", "Body")]
    [InlineData("Note: this\nMIME-Version: in a text\nno header\n\nBody", "Note: this\nMIME-Version: in a text\nno header\n\nBody")]
    [InlineData("{\\rtf1 x}", "x")]
    [InlineData("WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n", "00:00:01\n\nHi")]
    public void Bytes_WithoutANameOrType_SayWhatTheyAre(string content, string text) => Assert.Equal(text, Read("message", content).Text);

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

    /// <summary>What a name says holds unless the bytes can be of nothing but another format.</summary>
    [Fact]
    public void Ending_ThatTheBytesContradict_IsNotBelieved()
    {
        var (pdf, word, book) = (PdfFiles.Write([.. PdfFiles.Lines(50, 700, "Hello ferns")]), OfficeFiles.Word(OfficeFiles.Paragraph("Hello ferns")), OfficeFiles.Workbook([], ("S", "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>Hello</v></c><c r=\"B1\" t=\"str\"><v>ferns</v></c></row>", false)));
        foreach (var name in (string[])["a.txt", "a.docx", "a.html", "a.png", "a.csv"]) Assert.Equal("Hello ferns", Read(name, pdf).Text);
        foreach (var name in (string[])["a.pdf", "a.txt", "a.xlsx", "a.docm"]) Assert.Equal("Hello ferns", Read(name, word).Text);
        Assert.Equal("S\n\n| Hello | ferns |", Read("export.csv", book).Text);
        Assert.Equal("Gone", Read("a.pdf", "<!DOCTYPE html><p>Gone").Text);
        Assert.Equal("x", Read("a.docx", @"{\rtf1 x}").Text);
        Assert.Equal("<html><p>x", Read("a.txt", "<html><p>x").Text);
        Assert.Equal(@"{\rtf1 x}", Read("a.txt", @"{\rtf1 x}").Text);
        Assert.Contains("a.txt", Read("a.zip", OfficeFiles.Zip(("a.txt", "x"))).Text, StringComparison.Ordinal);
        Assert.Contains("broken", Rejection("a.pdf", "just text"), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_FilesInBase64_AreNoText()
    {
        var packed = Convert.ToBase64String([.. Enumerable.Range(0, 600).Select(i => (byte)(i * 37))]);
        Assert.Equal("a: x\nd: y", Read("a.json", $$"""{"a":"x","b":"{{packed}}","c":["data:image/png;base64,{{packed}}"],"d":"y"}""").Text);
        var (key, word) = (packed[..100], new string('a', 600));
        Assert.Equal($"a: {key}\nb: {word}", Read("a.json", $$"""{"a":"{{key}}","b":"{{word}}"}""").Text);
    }

    /// <summary>Formats of calendars and cards fold lines within words and escape what they part values by.</summary>
    [Theory]
    [InlineData("a.ics", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nDTSTART;TZID=Europe/Berlin:20251103T100000\r\nSUMMARY:Pump main\r\n tenance\\, hall 3\r\nDESCRIPTION;ALTREP=\"cid:a:b\":Bring gloves.\\nMeet at \\\\gate\\; be there.\r\nEND:VEVENT\r\nBEGIN:VTODO\r\nSUMMARY:Order\r\n\t oil\r\nEND:VTODO\r\nEND:VCALENDAR\r\n",
        "VERSION: 2.0\n\nDTSTART;TZID=Europe/Berlin: 20251103T100000\nSUMMARY: Pump maintenance, hall 3\nDESCRIPTION;ALTREP=\"cid:a:b\": Bring gloves.\nMeet at \\gate; be there.\n\nSUMMARY: Order oil")]
    [InlineData("a.vcf", "BEGIN:VCARD\nVERSION:3.0\nFN:Ann Lee\nPHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgAB\n AQAAAQABAAD/\nitem1.TEL:+49 1\nEND:VCARD\nBEGIN:VCARD\nFN:Bob\nPHOTO:data:image/png;base64,AAAA\nEND:VCARD", "VERSION: 3.0\nFN: Ann Lee\nTEL: +49 1\n\nFN: Bob")]
    [InlineData("a.vcf", "BEGIN:VCARD\nVERSION:2.1\nNOTE;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Gr=FC=DFe=0D=0Aaus =\nK=F6ln\nTEL;CELL:1\nEND:VCARD", "VERSION: 2.1\nNOTE: Grüße\naus Köln\nTEL;CELL: 1")]
    [InlineData("a.vcf", "no card at all", "no card at all")]
    public void CalendarsAndCards_AreReadAsTheyWereWritten(string path, string content, string text) => Assert.Equal(text, Read(path, content).Text);

    [Theory]
    [InlineData("greeting=Gr\\u00fc\\u00DFe", "greeting=Grüße")]
    [InlineData("a=\\\\u00fc \\uD83D\\uDE00 \\uD83D \\u0000 \\u12 C:\\\\users", "a=\\\\u00fc 😀 \uFFFD \\u0000 \\u12 C:\\\\users")]
    public void Properties_ShowLettersForTheirEscapes(string content, string text)
    {
        Assert.Equal(text, Read("messages_de.properties", content).Text);
        Assert.Equal(content, Read("a.java", content).Text);
    }

    [Theory]
    [InlineData("pump.dita", null, "<p>x</p>")]
    [InlineData("pump.puml", null, "@startuml")]
    [InlineData("pump.cls", null, "class")]
    [InlineData("pump.lst", null, "1 pump")]
    [InlineData("problem", "application/problem+json; charset=utf-8", "{\"title\":\"x\"}")]
    [InlineData("feed.x", "application/vnd.own+xml", "<a>x</a>")]
    [InlineData("a.har", null, "{\"title\":\"x\"}")]
    [InlineData("a.psv", null, "a|b\n1|2\n")]
    public void Text_OfManyEndingsAndTypes_IsRead(string path, string? type, string content) => Assert.NotEmpty(Read(path, content, type).Text);

    [Theory]
    [InlineData("a.wps", "Documents of Microsoft Works are not read: save it as .rtf.")]
    [InlineData("a.VSD", "Visio drawings are not read: save it as .pdf.")]
    [InlineData("a.pub", "Publisher documents are not read: save it as .pdf.")]
    public void OfficesOtherFormats_SayWhatHelps(string path, string reason) =>
        Assert.Equal(reason, Rejection(path, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0]));

    /// <summary>As programs write what Word and Excel open: pages, tables, mail.</summary>
    [Theory]
    [InlineData("a.doc", "<html><body><p>Ferns</p></body></html>", "Ferns")]
    [InlineData("a.doc", "{\\rtf1 Ferns}", "Ferns")]
    [InlineData("a.doc", "Date: Mon, 3 Nov 2025 10:00:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n<h1>Ferns</h1><p>Shade.\n--b--\n", "Date: 2025-11-03 10:00 +00:00\n\nFerns\n\nShade.")]
    [InlineData("a.xls", "<table><tr><th>Plant</th><th>Days</th></tr><tr><td>Fern</td><td>7</td></tr></table>", "| Plant | Days |\n| --- | --- |\n| Fern | 7 |")]
    [InlineData("a.xls", "Plant\tDays\nFern\t7\n", "| Plant | Days |\n| --- | --- |\n| Fern | 7 |")]
    public void OldOffice_ThatIsNone_IsReadAsWhatItIs(string path, string content, string text) => Assert.Equal(text, Read(path, content).Text);

    /// <summary>Programs leave lines of nothing between rows, with and without what parts columns.</summary>
    [Theory]
    [InlineData("Plant;Days\nFern;1,5\n\n;\nRose;2,5\n")]
    [InlineData("\n\nPlant;Days\n\nFern;1,5\n\nRose;2,5")]
    public void Csv_WithBlankLines_IsOneTable(string content) => Assert.Equal("| Plant | Days |\n| --- | --- |\n| Fern | 1,5 |\n| Rose | 2,5 |", Read("a.csv", content).Text);

    [Theory]
    [InlineData("a.md", "\uFEFF\uFEFF# Care\n\nMist.\n\uFEFF# More\n\nWater.", "Care\n\nMist.\n\nMore\n\nWater.")]
    [InlineData("a.txt", "\uFEFF\uFEFFone\r\n\uFEFFtwo \uFEFFthree", "one\ntwo \uFEFFthree")]
    [InlineData("a.csv", "\uFEFF\uFEFF\"a\",b\n1,2", "| a | b |\n| --- | --- |\n| 1 | 2 |")]
    [InlineData("a.json", "\uFEFF\uFEFF{\"a\":1}", "a: 1")]
    public void MarksOfByteOrder_WhereLinesBegin_Go(string path, string content, string text) => Assert.Equal(text, Read(path, content).Text);

    /// <summary>A page that is looked at to see whether it says more than the plain text is parsed once: its elements count once.</summary>
    [Fact]
    public void Mail_WithAStub_HasItsPageParsedOnce()
    {
        var page = string.Concat(Enumerable.Repeat("<p>Ferns want shade.</p>", 600));
        var mail = $"From: a@b.c\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nSee the page.\n--b\nContent-Type: text/html\n\n{page}\n--b--\n";
        Assert.Contains("Ferns want shade.", Read("a.eml", System.Text.Encoding.UTF8.GetBytes(mail), limits: new ReadingLimits { MaxElements = 1000 }).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("id;zip\n1;\"=\"\"007\"\"\"\n2;=\"08\"", "| id | zip |\n| --- | --- |\n| 1 | 007 |\n| 2 | 08 |")]
    [InlineData("id;a\n1;=\"x\"&\"y\"\n2;=\"\"", "| id | a |\n| --- | --- |\n| 1 | =\"x\"&\"y\" |\n| 2 | =\"\" |")]
    public void Csv_TextsThatExcelIsToKeep_AreTheirText(string content, string text) => Assert.Equal(text, Read("a.csv", content).Text);

    /// <summary>As programs write UTF-8 that say nothing of it, or say ASCII; what a signature encloses is no secret.</summary>
    [Theory]
    [InlineData("text/plain; charset=us-ascii")]
    [InlineData("text/plain")]
    [InlineData("text/html; charset=ascii")]
    public void Mail_InUtf8ThatSaysAscii_IsReadAsUtf8(string type) => Assert.EndsWith(
        "\n\nGrüße, 5 €", Read("a.eml", $"From: a@b.c\nMIME-Version: 1.0\nContent-Type: {type}\nContent-Transfer-Encoding: 8bit\n\nGrüße, 5 €\n").Text, StringComparison.Ordinal);

    /// <summary>An editor's "Unicode": what parts say of their charset was true before.</summary>
    [Theory]
    [InlineData("utf-16", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-16BE", false)]
    public void Mail_InUtf16_IsReadWhole(string encoding, bool hasMark)
    {
        var wide = System.Text.Encoding.GetEncoding(encoding);
        const string Mail = "Subject: Grüße, caf\u00e9\nFrom: a@b.c\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain; charset=windows-1252\nContent-Transfer-Encoding: 8bit\n\nFünf Eichen\n"
            + "--x\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nund =FClme\n--x--\n";
        byte[] mail = [.. hasMark ? wide.GetPreamble() : [], .. wide.GetBytes(Mail)];
        Assert.Equal("Grüße, café\n\nFrom: a@b.c\n\nFünf Eichen\n\nund ülme", Read("a.eml", mail).Text);
    }

    /// <summary>Headers that are written in a code page without saying so: that of the text, or what makes words. What is said of the text may be wrong too.</summary>
    [Theory]
    [InlineData(1251, "; charset=windows-1251", "Полив", "Поливайте розы раз в неделю.")]
    [InlineData(1251, "; charset=us-ascii", "Полив роз и папоротников раз в неделю", "Поливайте розы раз в неделю, а папоротники чаще.")]
    [InlineData(65001, "; charset=iso-8859-1", "Größere Töpfe", "Fünf Eichen, 5 €")]
    [InlineData(65001, "; charset=windows-1251", "Größere Töpfe", "Полив")]
    [InlineData(1252, "", "Größere Töpfe für die Füße", "Größere Pflanzen mögen Wärme.")]
    [InlineData(932, "; charset=shift_jis", "水やり", "週に一度水をやってください。")]
    [InlineData(1250, "; charset=no-such", "Róża potrzebuje słońca i świeżego powietrza", "Paprocie lubią cień. Podlewaj je rzadko, gdy ziemia wyschnie.")]
    public void Mail_WithRawHeaders_IsReadInTheirCodePage(int page, string charset, string subject, string text)
    {
        var bytes = (System.Text.CodePagesEncodingProvider.Instance.GetEncoding(page) ?? System.Text.Encoding.UTF8).GetBytes($"Subject: {subject}\nFrom: a@b.c\nMIME-Version: 1.0\nContent-Type: text/plain{charset}\nContent-Transfer-Encoding: 8bit\n\n{text}\n");
        Assert.Equal($"{subject}\n\nFrom: a@b.c\n\n{text}", Read("a.eml", bytes).Text);
    }

    [Fact]
    public void Mail_ThatASignatureEncloses_IsRead()
    {
        using var key = System.Security.Cryptography.RSA.Create(2048);
        using var certificate = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=Ann", key, System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        var signed = new System.Security.Cryptography.Pkcs.SignedCms(new System.Security.Cryptography.Pkcs.ContentInfo("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nFerns.\r\n--b\r\nContent-Type: text/csv; name=a.csv\r\nContent-Disposition: attachment\r\n\r\nx,y\r\n--b--\r\n"u8.ToArray()));
        signed.ComputeSignature(new System.Security.Cryptography.Pkcs.CmsSigner(certificate));
        var mail = $"From: a@b.c\nSubject: Care\nMIME-Version: 1.0\nContent-Type: application/pkcs7-mime; smime-type={{0}}; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n{{1}}\n";
        Assert.Equal("Care\n\nFrom: a@b.c\n\nFerns.\n\na.csv\n\n| x | y |", Read("a.eml", string.Format(null, mail, "signed-data", Convert.ToBase64String(signed.Encode()))).Text);
        Assert.Equal("Care\n\nFrom: a@b.c", Read("a.eml", string.Format(null, mail, "enveloped-data", "MIIB")).Text);
    }

    [Fact]
    public void Mail_WhoseBoundaryNeverComes_IsItsText() =>
        Assert.Equal("Care\n\nFerns like shade.", Read("a.eml", "Subject: Care\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=zz\n\nFerns like shade.\n").Text);

    [Theory]
    [InlineData("\u200b\uFEFF\n")]
    [InlineData("\u2060 \u00AD\t\u200E")]
    public void Text_OfMarksThatNobodySees_IsNone(string text) => Assert.Equal("The file holds no text.", Rejection("a.txt", text));

    /// <summary>Why a mail did not arrive often stands only in the fields of the report.</summary>
    [Fact]
    public void Mail_ThatReports_SaysWhatBecameOfIt() => Assert.Equal(
        "Undelivered\n\nFrom: m@x.y\n\nNot delivered.\n\nReporting-MTA: dns; x.y\n\nFinal-Recipient: rfc822; z@q.w\nDiagnostic-Code: smtp; 550 No such user",
        Read(
            "a.eml",
            "From: m@x.y\nSubject: Undelivered\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=B\n\n--B\nContent-Type: text/plain\n\nNot delivered.\n--B\n"
            + "Content-Type: message/delivery-status\n\nReporting-MTA: dns; x.y\n\nFinal-Recipient: rfc822; z@q.w\nDiagnostic-Code: smtp;\n 550 No such user\n--B--\n").Text);

    [Theory]
    [InlineData("<bold>Now</bold> is the time\nfor <italic>all</italic>\n\ngood <<men>\n<color><param>red</param>red</color>\n\n\n<nofill>x\n  y</nofill>", "Now is the time for all\ngood <men> red\n\nx\n  y")]
    [InlineData("a <b and c", "a <b and c")]
    public void Mail_OfEnrichedText_IsItsWords(string content, string text) =>
        Assert.Equal($"From: a@b.c\n\n{text}", Read("a.eml", $"From: a@b.c\nMIME-Version: 1.0\nContent-Type: text/enriched\n\n{content}\n").Text);
}
