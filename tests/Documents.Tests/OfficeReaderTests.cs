using DocumentFormat.OpenXml.Packaging;
using Serverless.Documents.Office;
using static Serverless.Documents.Tests.OfficeFiles;
using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

public sealed class OfficeReaderTests
{
    private const string Cell = "<w:tc><w:p><w:r><w:t>";
    private const string CellEnd = "</w:t></w:r></w:p></w:tc>";

    /// <summary>Properties that are broken say nothing, and the text is there all the same.</summary>
    [Theory]
    [InlineData("<secret/>")]
    [InlineData("no XML")]
    public void Properties_ThatAreBroken_AreNotMinded(string properties)
    {
        using var file = new MemoryStream();
        file.Write(Word(Paragraph("Ferns like shade.")));
        using (var package = System.IO.Packaging.Package.Open(file, FileMode.Open, FileAccess.ReadWrite))
        {
            var core = package.GetRelationshipsByType("http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties").Single();
            var part = package.GetPart(System.IO.Packaging.PackUriHelper.ResolvePartUri(new Uri("/", UriKind.Relative), core.TargetUri));
            using var stream = part.GetStream(FileMode.Create, FileAccess.Write);
            stream.Write(System.Text.Encoding.UTF8.GetBytes(properties));
        }

        Assert.Equal("Ferns like shade.", Read("a.docx", file.ToArray()).Text);
    }

    [Fact]
    public void Word_HeadingsByStyleNameOutlineAndInheritance_MakeSections()
    {
        var document = Read("a.docx", Word(
            Paragraph("Ferns", "berschrift1") + Paragraph("Like shade.") + Paragraph("Water", "Own") + Paragraph("Weekly.") + Paragraph("Roses", "Chapter") + Paragraph("Like sun.")));
        Assert.Equal([(null, "Ferns", "Like shade."), (null, "Ferns > Water", "Weekly."), (null, "Roses", "Like sun.")], Sections(document));
        Assert.Equal("The title", document.Title);
    }

    [Fact]
    public void Word_RunsListsBreaks_MakeLines() => Assert.Equal(
        "One two.\nNext line.\n\nfirst\nsecond\n\nAfter.",
        Read("a.docx", Word(
            "<w:p><w:r><w:t>One</w:t></w:r><w:r><w:tab/><w:t>two.</w:t><w:br/><w:t>Next line.</w:t></w:r></w:p>"
            + "<w:p><w:pPr><w:numPr><w:numId w:val=\"1\"/></w:numPr></w:pPr><w:r><w:t>first</w:t></w:r></w:p>"
            + "<w:p><w:pPr><w:numPr><w:numId w:val=\"1\"/></w:numPr></w:pPr><w:r><w:t>second</w:t></w:r></w:p>" + Paragraph("After."))).Text);

    [Fact]
    public void Word_Tables_KeepEmptyMergedAndNestedCells() => Assert.Equal(
        "| Plant | Light | Water |\n| --- | --- | --- |\n| Fern |  | a, b |\n| Rose |  | weekly |\n| Rose | sun | x |",
        Read("a.docx", Word(
            $"<w:tbl><w:tr>{Cell}Plant{CellEnd}{Cell}Light{CellEnd}{Cell}Water{CellEnd}</w:tr>"
            + $"<w:tr>{Cell}Fern{CellEnd}<w:tc><w:p/></w:tc><w:tc><w:tbl><w:tr>{Cell}a{CellEnd}{Cell}b{CellEnd}</w:tr></w:tbl><w:p/></w:tc></w:tr>"
            + $"<w:tr><w:tc><w:tcPr><w:gridSpan w:val=\"2\"/><w:vMerge w:val=\"restart\"/></w:tcPr><w:p><w:r><w:t>Rose{CellEnd}{Cell}weekly{CellEnd}</w:tr>"
            + $"<w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc>{Cell}sun{CellEnd}{Cell}x{CellEnd}</w:tr></w:tbl>")).Text);

    [Fact]
    public void Word_DeletedHiddenAndRepeatedText_IsNotRead() => Assert.Equal(
        "Seen. Box.",
        Read("a.docx", Word(
            "<w:p><w:r><w:t>Seen.</w:t></w:r><w:del><w:r><w:delText>old</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom>"
            + "<w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r><w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:rPr><w:vanish w:val=\"0\"/></w:rPr><w:t xml:space=\"preserve\"> Box.</w:t></w:r></w:p>"
            + "<w:p><w:r><mc:AlternateContent><mc:Choice Requires=\"w\"/><mc:Fallback><w:t>twice</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>")).Text);

    [Theory]
    [InlineData("<w:p><w:pPr><w:pStyle w:val=\"Gone\"/></w:pPr><w:r><w:t>secret</w:t></w:r></w:p>")]
    [InlineData("<w:p><w:r><w:rPr><w:rStyle w:val=\"Gone\"/></w:rPr><w:t>secret</w:t></w:r></w:p>")]
    [InlineData("<w:p><w:r><w:rPr><w:rStyle w:val=\"GoneToo\"/></w:rPr><w:t>secret</w:t></w:r></w:p>")]
    [InlineData("<w:p><w:r><w:rPr><w:sz w:val=\"2\"/></w:rPr><w:t>secret</w:t></w:r></w:p>")]
    public void Word_HiddenByItsStyleOrSize_IsNotRead(string paragraph) => Assert.Equal(
        "Seen.\n\nShown after all.",
        Read("a.docx", Word(Paragraph("Seen.") + paragraph + "<w:p><w:pPr><w:pStyle w:val=\"Gone\"/></w:pPr><w:r><w:rPr><w:vanish w:val=\"0\"/><w:sz w:val=\"16\"/></w:rPr><w:t>Shown after all.</w:t></w:r></w:p>")).Text);

    [Fact]
    public void Word_NumbersOfItems_AreThoseThatWordShows() => Assert.Equal(
        "1. Open.\n2. Wait.\na) Look.\nb) Listen.\n3. Close.\nDot.\n4. Go on.\n\nAnother list.\n\n1. Anew.\n2. And on.\n5. The first goes on.\nNo number.",
        Read("a.docx", Word(
            Item("Open.") + Item("Wait.") + Item("Look.", level: 1) + Item("Listen.", level: 1) + Item("Close.") + Item("Dot.", "3") + Item("Go on.") + Paragraph("Another list.")
            + Item("Anew.", "2") + Item("And on.", "2") + Item("The first goes on.", "4") + Item("No number.", "0"),
            numbering: Lists)).Text);

    [Fact]
    public void Word_NumbersOfHeadings_BelongToThem()
    {
        var document = Read("a.docx", Word(
            Paragraph("Scope", "Numbered1") + Paragraph("Pumps", "Numbered2") + Paragraph("Of all kinds.") + Paragraph("Fans", "Numbered2") + Paragraph("Of one kind.") + Paragraph("Terms", "Numbered1") + Paragraph("A pump", "Numbered2") + Paragraph("moves water."),
            numbering: Lists));
        Assert.Equal(
            [("1 Scope > 1.1 Pumps", "Of all kinds."), ("1 Scope > 1.2 Fans", "Of one kind."), ("2 Terms > 2.1 A pump", "moves water.")],
            Sections(document).Select(section => (section.Heading!, section.Text)));
    }

    /// <summary>What a document was like before its last changes says nothing of what it is like now.</summary>
    [Fact]
    public void Word_FormerProperties_AreNotRead() => Assert.Equal(
        "Seen.",
        Read("a.docx", Word(
            "<w:p><w:pPr><w:pPrChange><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"1\"/></w:numPr><w:pStyle w:val=\"Gone\"/></w:pPr></w:pPrChange></w:pPr><w:r><w:rPr><w:rPrChange><w:rPr><w:vanish/></w:rPr></w:rPrChange></w:rPr><w:t>Seen.</w:t></w:r></w:p>",
            numbering: Lists)).Text);

    private static string Item(string text, string numbering = "1", int level = 0) =>
        $"<w:p><w:pPr><w:numPr><w:ilvl w:val=\"{level}\"/><w:numId w:val=\"{numbering}\"/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>";

    private static string Level(int level, string format, string text, string? style = null) =>
        $"<w:lvl w:ilvl=\"{level}\"><w:start w:val=\"1\"/><w:numFmt w:val=\"{format}\"/>{(style is null ? "" : $"<w:pStyle w:val=\"{style}\"/>")}<w:lvlText w:val=\"{text}\"/></w:lvl>";

    private static readonly string Lists =
        $"<w:abstractNum w:abstractNumId=\"0\">{Level(0, "decimal", "%1.")}{Level(1, "lowerLetter", "%2)")}</w:abstractNum>"
        + $"<w:abstractNum w:abstractNumId=\"1\">{Level(0, "bullet", "\u00B7")}</w:abstractNum>"
        + $"<w:abstractNum w:abstractNumId=\"2\">{Level(0, "decimal", "%1", "Numbered1")}{Level(1, "decimal", "%1.%2", "Numbered2")}</w:abstractNum>"
        + $"<w:abstractNum w:abstractNumId=\"3\">{Level(0, "decimal", "%1.")}</w:abstractNum>"
        + "<w:num w:numId=\"1\"><w:abstractNumId w:val=\"0\"/></w:num><w:num w:numId=\"2\"><w:abstractNumId w:val=\"3\"/><w:lvlOverride w:ilvl=\"0\"><w:startOverride w:val=\"1\"/></w:lvlOverride></w:num>"
        + "<w:num w:numId=\"3\"><w:abstractNumId w:val=\"1\"/></w:num><w:num w:numId=\"4\"><w:abstractNumId w:val=\"0\"/></w:num><w:num w:numId=\"9\"><w:abstractNumId w:val=\"2\"/></w:num>";

    [Fact]
    public void Word_RaisedFiguresAndFormulas_DoNotRunTogether() => Assert.Equal(
        "The speed is 10⁵ m/s² or 10⁻³, the 1st of H2O; E=mc², 1/2, (a+b)/c, √(x+1).",
        Read("a.docx", Word(
            "<w:p>" + Run("The speed is 10") + Run("5", "superscript") + Run(" m/s") + Run("2", "superscript") + Run(" or 10") + Run("-", "superscript") + Run("3", "superscript")
            + Run(", the 1") + Run("st", "superscript") + Run(" of H") + Run("2", "subscript") + Run("O; ")
            + "<m:oMath><m:r><m:t>E=m</m:t></m:r><m:sSup><m:e><m:r><m:t>c</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath>" + Run(", ")
            + Fraction("1", "2") + Run(", ") + Fraction("a+b", "c") + Run(", ") + "<m:rad><m:deg/><m:e><m:r><m:t>x+1</m:t></m:r></m:e></m:rad>" + Run(".") + "</w:p>")).Text);

    [Fact]
    public void Slide_RaisedFigures_DoNotRunTogether() => Assert.Equal(
        "10⁵ m and H2O",
        Read("a.pptx", Slides(("<p:sp><p:txBody><a:p><a:r><a:t>10</a:t></a:r><a:r><a:rPr baseline=\"30000\"/><a:t>5</a:t></a:r><a:r><a:rPr/><a:t> m and H</a:t></a:r><a:r><a:rPr baseline=\"-25000\"/><a:t>2</a:t></a:r><a:r><a:t>O</a:t></a:r></a:p></p:txBody></p:sp>", false, null))).Text);

    [Fact]
    public void Workbook_NumbersKeepTheirUnits() => Assert.Equal(
        "| 1234.5 € | -2.5 € |\n| --- | --- |\n| 25% | 7 |",
        Read("a.xlsx", Workbook([], ("Sheet", "<row><c s=\"4\"><v>1234.5</v></c><c s=\"4\"><v>-2.5</v></c></row><row><c s=\"3\"><v>0.25</v></c><c><v>7</v></c></row>", false))).Text.Split("\n\n")[^1]);

    [Theory]
    [InlineData("0.00", 1.5, "1.5")]
    [InlineData("0\" pcs\"", 3, "3 pcs")]
    [InlineData("\"$\"#,##0.00", 1234.5, "$1234.5")]
    [InlineData("$#,##0.00_);[Red]($#,##0.00)", -12, "$-12")]
    [InlineData("#,##0\\ [$zł-415]", 99, "99 zł")]
    [InlineData("[$USD] #,##0", 99, "USD 99")]
    [InlineData("_(* #,##0.00_);_(* (#,##0.00);_(* \"-\"??_);_(@_)", 5, "5")]
    [InlineData("_(* #,##0.00_);_(* (#,##0.00);_(* \"-\"??_);_(@_)", 0, "0")]
    [InlineData("0.0,,\" M\"", 2_500_000, "2.5 M")]
    [InlineData("#,##0,\"k\"", 12_000, "12 k")]
    [InlineData("0.0%", 0.256, "25.6%")]
    [InlineData("0.0\"°C\"", 21.5, "21.5°C")]
    [InlineData("General\" kg\"", 4, "4 kg")]
    [InlineData("\"up \"0;\"down \"0;\"none\"", -4, "down -4")]
    [InlineData("[>100]0\" big\";0\" small\"", 200, "200 big")]
    [InlineData("0\\", 4, "4")]
    [InlineData("\"open", 4, "open 4")]
    [InlineData("[$", 4, "4")]
    [InlineData("", 4, "4")]
    public void NumberFormat_ShowsWhatStandsBesideTheNumber(string code, double number, string shown) =>
        Assert.Equal(shown, NumberFormat.Parse(NumberFormat.Section(code, number)).Show(number));

    [Theory]
    [InlineData("\"INV-\"0000", 42, "INV-0042")]
    [InlineData("\\K\\B000000", 5031442, "KB5031442")]
    [InlineData("\"20\"00\"-A\"", 5, "2005-A")]
    [InlineData("00\" kg\"", 5, "05 kg")]
    [InlineData("00000", 1067, "01067")]
    [InlineData("\"(0\"00\") \"000000", 30123456, "(030) 123456")]
    [InlineData("\"INV-\"0000", 4.5, "INV 4.5")]
    [InlineData("\"No. \"0", 7, "No. 7")]
    public void NumberFormat_OfDigitsAndWords_IsTheNumberAsItIsShown(string code, double number, string shown) => Assert.Equal(shown, new CellNumbers(is1904: false).Show(number, 164, code));

    private static string Run(string text, string? align = null) =>
        $"<w:r>{(align is null ? "" : $"<w:rPr><w:vertAlign w:val=\"{align}\"/></w:rPr>")}<w:t xml:space=\"preserve\">{text}</w:t></w:r>";

    private static string Fraction(string above, string below) =>
        $"<m:f><m:num><m:r><m:t>{above}</m:t></m:r></m:num><m:den><m:r><m:t>{below}</m:t></m:r></m:den></m:f>";

    [Fact]
    public void Workbook_HiddenRowsAndColumns_AreNotRead() => Assert.Equal(
        "| a | c |\n| --- | --- |\n| x | z |",
        Read("a.xlsx", Workbook(
            [],
            ("", """
                <row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>secret</v></c><c r="C1" t="str"><v>c</v></c></row>
                <row r="2" hidden="1"><c r="A2" t="str"><v>secret</v></c></row><row r="3"><c r="A3" t="str"><v>x</v></c><c r="B3" t="str"><v>secret</v></c><c r="C3" t="str"><v>z</v></c></row>
                """, false))).Text);

    [Fact]
    public void Word_Pages_AreThoseThatWordNoted() => Assert.Equal(
        [(1, "The title", "One."), (2, "The title", "Two."), (null, "Notes", "A note.")],
        Sections(Read("a.docx", Word(
            Paragraph("One.") + "<w:p><w:r><w:lastRenderedPageBreak/><w:t>Two.</w:t></w:r></w:p>", "<w:footnote w:id=\"2\">" + Paragraph("A note.") + "</w:footnote>"))));

    [Fact]
    public void Slides_AreTheirPages()
    {
        var document = Read("a.pptx", Slides(
            (Shape("Shade loving\nplants") + Shape("Ferns", "title") + Shape("12", "sldNum"), false, "Say hello."),
            (Shape("Backup", "ctrTitle") + Shape("hidden"), true, null),
            ("<p:graphicFrame><a:graphic><a:graphicData><a:tbl><a:tr><a:tc><a:txBody><a:p><a:r><a:t>Fern</a:t></a:r></a:p></a:txBody></a:tc><a:tc><a:txBody><a:p/></a:txBody></a:tc></a:tr>"
                + "<a:tr><a:tc><a:txBody><a:p><a:r><a:t>Rose</a:t></a:r></a:p></a:txBody></a:tc><a:tc><a:txBody><a:p><a:r><a:t>sun</a:t></a:r></a:p></a:txBody></a:tc></a:tr></a:tbl>"
                + "</a:graphicData></a:graphic></p:graphicFrame>", false, null)));
        Assert.Equal([(1, "Ferns", "Shade loving\nplants\n\nSay hello."), (3, null, "| Fern |  |\n| --- | --- |\n| Rose | sun |")], Sections(document));
    }

    [Fact]
    public void Workbook_SheetsAreTables()
    {
        var document = Read("a.xlsx", Workbook(
            ["Plant", "Fern"],
            ("Care", """<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>Bought</t></is></c><c r="XFD1" t="str"><v>Share</v></c></row>"""
                + """<row r="2"/><row r="3"><c r="A3" t="s"><v>1</v></c><c r="C3" s="1"><v>45292</v></c><c r="XFD3" s="3"><v>0.25</v></c></row>"""
                + """<row r="4"><c r="A4"><v>0.30000000000000004</v></c><c r="C4" s="2"><v>45292.5</v></c><c r="XFD4" t="b"><v>1</v></c></row>""", false),
            ("Hidden", """<row r="1"><c r="A1" t="str"><v>secret</v></c></row>""", true),
            ("List", """<row r="1"><c r="B1" t="str"><v>one</v></c></row><row r="2"><c r="B2" t="str"><v>two</v></c></row>""", false)));
        Assert.Equal(
            [
                (null, "Care", "| Plant | Bought | Share |\n| --- | --- | --- |\n| Fern | 2024-01-01 | 25% |\n| 0.3 | 2024-01-01 12:00 | true |"),
                (null, "List", "one\ntwo"),
            ],
            Sections(document));
    }

    [Theory]
    [InlineData("a.docx")]
    [InlineData("a.pptx")]
    [InlineData("a.xlsx")]
    public void Broken_IsReported(string path)
    {
        Assert.Contains("is broken", Rejection(path, "no package"), StringComparison.Ordinal);
        Assert.Contains("is broken", Rejection(path, Zip(("a.txt", "x"))), StringComparison.Ordinal);
        Assert.Contains("is encrypted", Rejection(path, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]), StringComparison.Ordinal);
        var whole = path switch { "a.docx" => Word(Paragraph("x")), "a.pptx" => Slides((Shape("x"), false, null)), _ => Workbook([], ("a", "", false)) };
        Assert.Contains("is broken", Rejection(path, whole[..(whole.Length / 2)]), StringComparison.Ordinal);
    }

    /// <summary>What names a part that is not there, or an address that is none, is left out, as Office leaves it out.</summary>
    [Theory]
    [InlineData("<Relationship Id=\"x1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/image\" Target=\"media/gone.png\"/>")]
    [InlineData("<Relationship Id=\"x1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/theme\" Target=\"/gone/theme1.xml\"/>")]
    [InlineData("<Relationship Id=\"x1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments\" Target=\"comments.xml\"/>")]
    [InlineData("<Relationship Id=\"x1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/image\" Target=\"NULL\"/>")]
    [InlineData("<Relationship Id=\"x1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/image\" Target=\"\"/>")]
    [InlineData("<Relationship Id=\"x1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/image\" Target=\"file:///C:\\gone.png\"/>")]
    [InlineData("<Relationship Id=\"x1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink\" Target=\"mailto:a@b@c:://\" TargetMode=\"External\"/>")]
    [InlineData("<Relationship Id=\"x1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink\" Target=\"http://[gone\" TargetMode=\"External\"/>")]
    public void PackagesThatNameWhatIsNotThere_AreReadForWhatIs(string relationship)
    {
        foreach (var (path, package, list, text) in ((string, byte[], string, string)[])
            [
                ("a.docx", Word(Paragraph("Ferns want shade.")), "word/_rels/document.xml.rels", "Ferns want shade."),
                ("a.pptx", Slides((Shape("Ferns"), false, null)), "ppt/_rels/presentation.xml.rels", "Ferns"),
                ("a.xlsx", Workbook(["Fern"], ("Care", "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>", false)), "xl/_rels/workbook.xml.rels", "Care\n\nFern"),
            ])
        {
            Assert.Equal(text, Read(path, Replaced(package, list, xml => xml.Replace("</Relationships>", relationship + "</Relationships>", StringComparison.Ordinal))).Text);
        }
    }

    /// <summary>A sheet or a slide that is lost takes no other with it.</summary>
    [Fact]
    public void PackagesThatLackAPart_AreReadForTheOthers()
    {
        Assert.Equal("Care\n\nFern", Read("a.xlsx", Without(Workbook(["Fern"], ("Lost", "<row r=\"1\"><c r=\"A1\"><v>7</v></c></row>", false), ("Care", "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>", false)), "xl/worksheets/sheet1.xml")).Text);
        Assert.Equal("Care\n\n7", Read("a.xlsx", Without(Workbook(["Fern"], ("Care", "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\"><v>7</v></c></row>", false)), "xl/sharedStrings.xml")).Text);
        Assert.Equal("Ferns", Read("a.pptx", Without(Slides((Shape("Lost"), false, null), (Shape("Ferns"), false, null)), "ppt/slides/slide1.xml")).Text);
        Assert.Equal("Ferns want shade.", Read("a.docx", Without(Word(Paragraph("Ferns want shade.")), "word/styles.xml")).Text);
        Assert.Contains("is broken", Rejection("a.docx", Without(Word(Paragraph("x")), "word/document.xml")), StringComparison.Ordinal);
    }

    [Fact]
    public void Word_WithADtd_IsReported() => Assert.Contains(
        "is broken", Rejection("a.docx", Replaced(Word(Paragraph("x")), "word/document.xml", "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><x>&b;</x>")), StringComparison.Ordinal);

    [Fact]
    public void Kind_IsKnownFromTheContentToo()
    {
        Assert.Equal("Hello.", Read("noending", Word(Paragraph("Hello."))).Text);
        Assert.Equal("Hello.", Read("noending", Slides((Shape("Hello."), false, null))).Text);
        Assert.Equal("a\n\nx", Read("noending", Workbook([], ("a", """<row r="1"><c r="A1" t="str"><v>x</v></c></row>""", false))).Text);
    }

    private static byte[] Without(byte[] package, string name)
    {
        using var stream = new MemoryStream();
        stream.Write(package);
        using (var archive = new System.IO.Compression.ZipArchive(stream, System.IO.Compression.ZipArchiveMode.Update, leaveOpen: true)) archive.GetEntry(name)!.Delete();
        return stream.ToArray();
    }

    private static byte[] Replaced(byte[] package, string name, Func<string, string> change)
    {
        using var archive = new System.IO.Compression.ZipArchive(new MemoryStream(package));
        using var reader = new StreamReader(archive.GetEntry(name)!.Open());
        return Replaced(package, name, change(reader.ReadToEnd()));
    }

    private static byte[] Replaced(byte[] package, string name, string content)
    {
        using var stream = new MemoryStream();
        stream.Write(package);
        using (var archive = new System.IO.Compression.ZipArchive(stream, System.IO.Compression.ZipArchiveMode.Update, leaveOpen: true))
        {
            archive.GetEntry(name)!.Delete();
            using var entry = new StreamWriter(archive.CreateEntry(name).Open());
            entry.Write(content);
        }

        return stream.ToArray();
    }

    [Theory]
    [InlineData("<w:p><w:r><w:sym w:font=\"Wingdings\" w:char=\"F0FE\"/><w:t xml:space=\"preserve\"> done </w:t><w:sym w:font=\"Symbol\" w:char=\"F061\"/><w:sym w:font=\"Webdings\" w:char=\"F061\"/></w:r><w:r><w:rPr><w:rFonts w:ascii=\"Symbol\" w:hAnsi=\"Symbol\"/></w:rPr><w:t>\uF0B3x</w:t></w:r><w:r><w:t>\uF0B3</w:t></w:r></w:p>", "☑ done α≥x\uF0B3")]
    [InlineData("<w:p><w:r><w:t>1010</w:t></w:r><w:r><w:rPr><w:vertAlign w:val=\"subscript\"/></w:rPr><w:t>2</w:t></w:r><w:r><w:t xml:space=\"preserve\"> H</w:t></w:r><w:r><w:rPr><w:vertAlign w:val=\"subscript\"/></w:rPr><w:t>2</w:t></w:r><w:r><w:t>O</w:t></w:r><m:oMath><m:sSub><m:e><m:r><m:t> a</m:t></m:r></m:e><m:sub><m:r><m:t>1</m:t></m:r></m:sub></m:sSub></m:oMath></w:p>", "1010₂ H2O a₁")]
    [InlineData("<w:p><w:ruby><w:rt><w:r><w:t>kan</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>漢</w:t></w:r></w:rubyBase></w:ruby></w:p>", "漢")]
    [InlineData("<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:p><w:r><w:t>Click to enter text.</w:t></w:r></w:p></w:sdtContent></w:sdt><w:p><w:sdt><w:sdtPr><w:showingPlcHdr w:val=\"0\"/></w:sdtPr><w:sdtContent><w:r><w:t>Filled</w:t></w:r></w:sdtContent></w:sdt></w:p>", "Filled")]
    [InlineData("<w:p><w:pPr><w:rPr><w:del w:id=\"1\"/></w:rPr></w:pPr><w:r><w:t xml:space=\"preserve\">Water </w:t></w:r></w:p><w:p><w:r><w:t>weekly.</w:t></w:r></w:p><w:p><w:pPr><w:rPr><w:del w:id=\"1\"/></w:rPr></w:pPr><w:del w:id=\"2\"><w:r><w:delText>gone</w:delText></w:r></w:del></w:p><w:p><w:pPr><w:rPr><w:del w:id=\"3\"/></w:rPr></w:pPr><w:r><w:t>Last</w:t></w:r></w:p>", "Water weekly.\n\nLast")]
    [InlineData("<w:tbl><w:tr><w:tc><w:p><w:pPr><w:rPr><w:del w:id=\"1\"/></w:rPr></w:pPr><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>", "| a | b |")]
    public void Word_WhatPeopleSeeOfSignsAndChanges_IsRead(string body, string text) => Assert.Equal(text, Read("a.docx", Word(body)).Text);

    [Fact]
    public void Word_ChartsAndDiagrams_AreRead() => Assert.Equal(
        "Before.\n\nSee:\n\nYield in kg\n\n|  | 2023 | 2024 |\n| --- | --- | --- |\n| Apples | 0.3 |  |\n| Pears | 7 | 8 |\n\nSow seeds\nWater\n\nAfter.",
        Read("a.docx", Word(
            Paragraph("Before.") + "<w:p><w:r><w:t>See:</w:t><w:drawing><c:chart r:id=\"c1\"/></w:drawing></w:r></w:p><w:p><w:r><w:drawing><dgm:relIds r:dm=\"d1\"/></w:drawing></w:r></w:p><w:p><w:r><w:drawing><c:chart r:id=\"none\"/></w:drawing></w:r></w:p>" + Paragraph("After."),
            more: main =>
            {
                Chart(main.AddNewPart<ChartPart>("c1"));
                Diagram(main.AddNewPart<DiagramDataPart>("d1"));
            })).Text);

    [Fact]
    public void Slide_ChartsAndDiagrams_AreRead() => Assert.Equal(
        "Title\n\nYield in kg\n\n|  | 2023 | 2024 |\n| --- | --- | --- |\n| Apples | 0.3 |  |\n| Pears | 7 | 8 |\n\nSow seeds\nWater\n\nLine one\nLine two",
        Read("a.pptx", WithParts(
            Slides((Shape("Title", "title") + "<p:graphicFrame><a:graphic><a:graphicData><c:chart r:id=\"c1\"/></a:graphicData></a:graphic></p:graphicFrame><p:graphicFrame><a:graphic><a:graphicData><dgm:relIds r:dm=\"d1\"/></a:graphicData></a:graphic></p:graphicFrame>" + Shape("Line one_x000B_Line two"), false, null)),
            slide =>
            {
                Chart(slide.AddNewPart<ChartPart>("c1"));
                Diagram(slide.AddNewPart<DiagramDataPart>("d1"));
            })).Text);

    /// <summary>A merged cell speaks for each of its rows, as in every other format; what stands above the table is no head of it.</summary>
    [Fact]
    public void Workbook_MergedCellsAndTitles_AreRead() => Assert.Equal(
        "S\n\nStock of 2024\n\n| Kind | Plant |  |\n| --- | --- | --- |\n| Herb | Mint | x |\n| Herb | Dill |  |\n| Tree | Fig |  |",
        Read("a.xlsx", Workbook([], ("S", "<row r=\"1\">" + SheetCell("A1", "Stock of 2024") + "</row><row r=\"3\">" + SheetCell("A3", "Kind") + SheetCell("B3", "Plant") + "</row><row r=\"4\">" + SheetCell("A4", "Herb") + SheetCell("B4", "Mint") + SheetCell("C4", "x") + "</row><row r=\"5\">" + SheetCell("B5", "Dill") + "</row><row>" + SheetCell("A6", "Tree") + SheetCell("B6", "Fig")
            + "</row><!--<mergeCells><mergeCell ref=\"A1:C1\"/><mergeCell ref=\"A4:A5\"/><mergeCell ref=\"B3:C3\"/><mergeCell ref=\"Z9:Z99\"/><mergeCell ref=\"x\"/></mergeCells>", false))).Text);

    [Theory]
    [InlineData("a_x000D_\nb", "a b")]
    [InlineData("_x005F_x000D_ _x0041_ _x0000_ _xD800_ _x00_", "_x000D_ A \uFFFD _x00_")]
    public void Workbook_EscapedCharacters_AreWhatTheyStandFor(string written, string text)
    {
        Assert.Equal($"S\n\n| {text} | x |", Read("a.xlsx", Workbook([written], ("S", "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c>" + SheetCell("B1", "x") + "</row>", false))).Text);
        Assert.Equal($"S\n\n| {text} | x |", Read("a.xlsx", Workbook([], ("S", "<row r=\"1\">" + SheetCell("A1", written) + SheetCell("B1", "x") + "</row>", false))).Text);
    }

    private static string SheetCell(string at, string text) => $"<c r=\"{at}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{text}</t></is></c>";

    [Theory]
    [InlineData("[h]:mm:ss", 1.5, "36:00:00")]
    [InlineData("[hh]:mm", -1.0625, "-25:30")]
    [InlineData("[m]", 0.5, "720")]
    [InlineData("[mm]:ss", 0.0035, "5:02")]
    [InlineData("mm:ss", 0.0035, "00:05:02")]
    [InlineData("mmm", 45292, "2024-01-01")]
    [InlineData("dd/mm/yyyy hh:mm:ss", 45292.5208449074, "2024-01-01 12:30:01")]
    [InlineData("yyyy-mm-dd hh:mm", 45292.5208333333, "2024-01-01 12:30")]
    [InlineData("0\\d", 3, "3 d")]
    [InlineData("0000", 7, "0007")]
    [InlineData("00000\\-0000", 12345678, "01234-5678")]
    [InlineData("\\(000\\)\\ 000\\-0000", 15551234567, "(1555) 123-4567")]
    [InlineData("0000", 1.5, "1.5")]
    [InlineData("0.00", 3, "3")]
    public void Workbook_TimesAndDigits_AreThoseThatExcelShows(string code, double number, string shown) => Assert.Equal(shown, Formatted(code, number));

    // As of a workbook of one format.
    private static string Formatted(string code, double number)
    {
        using var stream = new MemoryStream();
        using var document = DocumentFormat.OpenXml.Packaging.SpreadsheetDocument.Create(stream, DocumentFormat.OpenXml.SpreadsheetDocumentType.Workbook);
        var book = document.AddWorkbookPart();
        book.Workbook = new DocumentFormat.OpenXml.Spreadsheet.Workbook();
        book.AddNewPart<WorkbookStylesPart>().Stylesheet = new DocumentFormat.OpenXml.Spreadsheet.Stylesheet(
            new DocumentFormat.OpenXml.Spreadsheet.NumberingFormats(new DocumentFormat.OpenXml.Spreadsheet.NumberingFormat { NumberFormatId = 170, FormatCode = code }),
            new DocumentFormat.OpenXml.Spreadsheet.CellFormats(new DocumentFormat.OpenXml.Spreadsheet.CellFormat { NumberFormatId = 170 }));
        book.WorkbookStylesPart!.Stylesheet.Save();
        return SheetFormats.Read(book, new ReadingScope(new ReadingLimits(), default)).Number(number.ToString("R", System.Globalization.CultureInfo.InvariantCulture), "0");
    }

    [Fact]
    public void Word_Contents_AreNotRead() =>
        Assert.Equal("Care\n\nx", Read("a.docx", Word(Paragraph("Care 3", "Verzeichnis1") + Paragraph("Care", "berschrift1") + Paragraph("x"))).Text);

    /// <summary>As many programs write reports: a page that Word takes in when it opens the document.</summary>
    [Fact]
    public void Word_PartsOfOtherFormats_AreRead()
    {
        const string chunk = "<w:altChunk xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" r:id=\"a1\"/>";
        void Add(MainDocumentPart main)
        {
            var part = main.AddAlternativeFormatImportPart(AlternativeFormatImportPartType.Html, "a1");
            using var html = new MemoryStream("<html><body><p>Ferns like shade.</p><h2>Care</h2><p>Mist them.</p></body></html>"u8.ToArray());
            part.FeedData(html);
        }

        var document = Read("a.docx", Word(Paragraph("Report", "berschrift1") + chunk + Paragraph("After."), more: Add));
        Assert.Equal("Report\n\nFerns like shade.\n\nCare\n\nMist them.\n\nAfter.", document.Text);
        Assert.Equal([(null, "Report", "Ferns like shade."), (null, "Report > Care", "Mist them."), (null, "Report", "After.")], Sections(document));
        Assert.Equal("Ferns like shade.\n\nCare\n\nMist them.", Read("a.docx", Word(chunk, more: Add)).Text);
    }

    [Fact]
    public void Word_PlacesOfTabs_PartWords() => Assert.Equal(
        "Left Right", Read("a.docx", Word("<w:p><w:r><w:t>Left</w:t></w:r><w:r><w:ptab w:relativeTo=\"margin\" w:alignment=\"right\" w:leader=\"none\"/></w:r><w:r><w:t>Right</w:t></w:r></w:p>")).Text);

    /// <summary>What was written of a picture is text; what a program guessed, or a path, is not.</summary>
    [Theory]
    [InlineData("descr=\"A pump with&#10;its valve\"", "See A pump with its valve below.")]
    [InlineData("descr=\"A close-up of a logo&#10;&#10;Description automatically generated\"", "See below.")]
    [InlineData("descr=\"A logo&#10;&#10;AI-generated content may be incorrect.\"", "See below.")]
    [InlineData("descr=\"C:\\x\\pump.png\"", "See below.")]
    [InlineData("descr=\" \"", "See below.")]
    [InlineData("name=\"Picture 1\"", "See below.")]
    [InlineData("hidden=\"1\" descr=\"A pump\"", "See below.")]
    public void Pictures_AreWhatWasWrittenOfThem(string properties, string text)
    {
        Assert.Equal(text, Read("a.docx", Word(
            $"<w:p><w:r><w:t xml:space=\"preserve\">See </w:t></w:r><w:r><w:drawing><wp:inline xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\"><wp:docPr id=\"1\" {properties}/></wp:inline></w:drawing></w:r><w:r><w:t>below.</w:t></w:r></w:p>")).Text);
        Assert.Equal(
            text == "See below." ? "Before." : "Before.\n\nA pump with its valve",
            Read("a.pptx", Slides((Shape("Before.") + $"<p:pic><p:nvPicPr><p:cNvPr id=\"1\" {properties}/><p:cNvPicPr/></p:nvPicPr></p:pic>", false, null))).Text);
    }

    [Fact]
    public void Shapes_ThatAreHidden_AreNotRead()
    {
        static string Hidden(string inner) => $"<p:grpSp><p:nvGrpSpPr><p:cNvPr id=\"1\" hidden=\"1\"/></p:nvGrpSpPr>{inner}</p:grpSp>";
        var hidden = Shape("Secret").Replace("<p:nvSpPr>", "<p:nvSpPr><p:cNvPr id=\"2\" hidden=\"true\"/>", StringComparison.Ordinal);
        Assert.Equal("Seen.\n\nToo.", Read("a.pptx", Slides((Shape("Seen.") + hidden + Hidden(Shape("Secret") + hidden) + Shape("Too."), false, null))).Text);
        Assert.Equal("Seen.\n\nToo.", Read("a.docx", Word(
            Paragraph("Seen.") + $"<w:p><w:r><w:drawing><wp:anchor xmlns:wp=\"x\"><wp:docPr id=\"1\" hidden=\"1\"/><w:txbxContent>{Paragraph("Secret")}</w:txbxContent></wp:anchor></w:drawing></w:r><w:r><w:t>Too.</w:t></w:r></w:p>")).Text);
    }

    /// <summary>Steps on slides have numbers as those in texts do.</summary>
    [Fact]
    public void Slide_NumbersOfItems_AreThoseThatPowerPointShows()
    {
        static string Item(string text, string properties, int level = 0) => $"<a:p><a:pPr lvl=\"{level}\">{properties}</a:pPr><a:r><a:t>{text}</a:t></a:r></a:p>";
        const string one = "<a:buAutoNum type=\"arabicPeriod\"/>", letter = "<a:buAutoNum type=\"alphaLcParenR\"/>";
        static string Box(string items) => $"<p:sp><p:txBody><a:lstStyle><a:lvl1pPr>{one}</a:lvl1pPr></a:lstStyle>{items}</p:txBody></p:sp>";
        Assert.Equal(
            "1. Open\na) left\nb) right\n2. Wait\na) again\nNote\n1. Anew\n\nPlain\n(IV) Four\n(V) Five\n• no\n1. End",
            Read("a.pptx", Slides((
                Box(Item("Open", one) + Item("left", letter, 1) + Item("right", letter, 1) + Item("Wait", one) + Item("again", letter, 1) + Item("Note", "") + Item("Anew", one))
                + Box("<a:p><a:r><a:t>Plain</a:t></a:r></a:p>" + Item("Four", "<a:buAutoNum type=\"romanUcParenBoth\" startAt=\"4\"/>") + Item("Five", "<a:buAutoNum type=\"romanUcParenBoth\" startAt=\"4\"/>") + Item("• no", "<a:buChar char=\"-\"/>") + Item("End", one)),
                false, null))).Text);
    }

    /// <summary>Boxes over a sheet say how it is to be read; its charts show what its cells hold.</summary>
    [Fact]
    public void Workbook_TextsOverSheets_AreRead()
    {
        var book = Workbook([], ("Care", "<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"B1\"><v>2</v></c></row>", false), ("Only", "", false), ("Empty", "", false));
        using var stream = new MemoryStream();
        stream.Write(book);
        using (var document = SpreadsheetDocument.Open(stream, isEditable: true))
        {
            foreach (var (sheet, text) in document.WorkbookPart!.WorksheetParts.Zip((string[])["Water at dawn.", "Nothing yet."]))
            {
                var drawings = sheet.AddNewPart<DrawingsPart>();
                using var xml = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(
                    $"<xdr:wsDr xmlns:xdr=\"http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing\" xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\"><xdr:sp><xdr:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:wsDr>"));
                drawings.FeedData(xml);
            }
        }

        Assert.Equal("Care\n\n| 1 | 2 |\n\nWater at dawn.\n\nOnly\n\nNothing yet.", Read("a.xlsx", stream.ToArray()).Text);
    }

    /// <summary>White letters on paper are seen by nobody but machines; on a shade, in a cell or in a box they may be a heading.</summary>
    [Theory]
    [InlineData("<w:r><w:rPr><w:color w:val=\"FFFFFF\"/></w:rPr><w:t>Secret</w:t></w:r>", "", false)]
    [InlineData("<w:r><w:rPr><w:color w:val=\"ffffff\" w:themeColor=\"background1\"/><w:shd w:val=\"clear\" w:fill=\"auto\"/></w:rPr><w:t>Secret</w:t></w:r>", "", false)]
    [InlineData("<w:r><w:rPr><w:color w:val=\"FFFFFF\"/><w:highlight w:val=\"black\"/></w:rPr><w:t>Secret</w:t></w:r>", "", true)]
    [InlineData("<w:r><w:rPr><w:shd w:val=\"clear\" w:fill=\"000000\"/><w:color w:val=\"FFFFFF\"/></w:rPr><w:t>Secret</w:t></w:r>", "", true)]
    [InlineData("<w:r><w:rPr><w:color w:val=\"FFFFFF\"/></w:rPr><w:t>Secret</w:t></w:r>", "<w:pPr><w:shd w:val=\"clear\" w:fill=\"1F3864\"/></w:pPr>", true)]
    [InlineData("<w:r><w:rPr><w:color w:val=\"BFBFBF\" w:themeColor=\"background1\" w:themeShade=\"BF\"/></w:rPr><w:t>Secret</w:t></w:r>", "", true)]
    [InlineData("<w:r><w:rPr><w:color w:val=\"auto\"/></w:rPr><w:t>Secret</w:t></w:r>", "<w:pPr><w:rPr><w:color w:val=\"FFFFFF\"/></w:rPr></w:pPr>", true)]
    public void Word_WhiteLetters_AreReadWhereSomethingMayBeBehindThem(string run, string properties, bool isRead)
    {
        Assert.Equal(isRead ? "Seen.\n\nSecret Seen." : "Seen.\n\nSeen.", Read("a.docx", Word($"{Paragraph("Seen.")}<w:p>{properties}{run}<w:r><w:t xml:space=\"preserve\"> Seen.</w:t></w:r></w:p>")).Text);
        Assert.Contains("Secret", Read("a.docx", Word($"<w:tbl><w:tr><w:tc><w:p>{run}</w:p></w:tc><w:tc>{Paragraph("x")}</w:tc></w:tr></w:tbl>")).Text, StringComparison.Ordinal);
        Assert.Contains("Secret", Read("a.docx", Word($"{Paragraph("x")}<w:p><w:r><w:txbxContent><w:p>{run}</w:p></w:txbxContent></w:r></w:p>")).Text, StringComparison.Ordinal);
        // All of a document is on a page that is not white.
        Assert.Equal("Secret", Read("a.docx", Word($"<w:p>{run}</w:p>")).Text);
    }

    [Fact]
    public void Word_RowsThatWereDeleted_AreNotRead() => Assert.Equal(
        "| A | B |\n| --- | --- |\n| 1 | 2 |",
        Read("a.docx", Word(
            "<w:tbl><w:tr>" + Cell + "A" + CellEnd + Cell + "B" + CellEnd + "</w:tr><w:tr><w:trPr><w:del w:id=\"1\"/></w:trPr><w:tc><w:p><w:del w:id=\"2\"><w:r><w:delText>x</w:delText></w:r></w:del></w:p></w:tc><w:tc><w:p/></w:tc></w:tr><w:tr><w:trPr><w:ins w:id=\"3\"/></w:trPr>"
            + Cell + "1" + CellEnd + Cell + "2" + CellEnd + "</w:tr></w:tbl>")).Text);

    /// <summary>Word's forms of before content controls keep what was chosen in the field.</summary>
    [Theory]
    [InlineData("<w:checkBox><w:default w:val=\"0\"/><w:checked/></w:checkBox>", "☒ agreed")]
    [InlineData("<w:checkBox><w:default w:val=\"1\"/></w:checkBox>", "☒ agreed")]
    [InlineData("<w:checkBox><w:default w:val=\"1\"/><w:checked w:val=\"0\"/></w:checkBox>", "☐ agreed")]
    [InlineData("<w:checkBox><w:sizeAuto/></w:checkBox>", "☐ agreed")]
    [InlineData("<w:ddList><w:result w:val=\"1\"/><w:listEntry w:val=\"Not\"/><w:listEntry w:val=\"Fully\"/></w:ddList>", "Fully agreed")]
    [InlineData("<w:ddList><w:listEntry w:val=\"Not\"/><w:listEntry w:val=\"Fully\"/></w:ddList>", "Not agreed")]
    [InlineData("<w:ddList><w:result w:val=\"9\"/></w:ddList>", "agreed")]
    public void Word_Forms_HaveTheirValuesRead(string field, string text) => Assert.Equal(text, Read("a.docx", Word(
        $"<w:p><w:r><w:fldChar w:fldCharType=\"begin\"><w:ffData>{field}</w:ffData></w:fldChar></w:r><w:r><w:instrText>FORM</w:instrText></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r><w:r><w:t xml:space=\"preserve\"> agreed</w:t></w:r></w:p>")).Text);

    /// <summary>As many programs write what they call .xls.</summary>
    [Theory]
    [InlineData("a.xls")]
    [InlineData("a.xml")]
    [InlineData("export")]
    public void Workbook_InXml_IsRead(string path)
    {
        const string book = "<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n<ss:Workbook xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\" xmlns:h=\"http://www.w3.org/TR/REC-html40\"><ss:Styles/><ss:Worksheet ss:Name=\"Plants\"><ss:Table>"
            + "<ss:Row><ss:Cell ss:MergeAcross=\"1\"><ss:Data ss:Type=\"String\">Plant</ss:Data></ss:Cell><ss:Cell><ss:Data ss:Type=\"String\">Days</ss:Data></ss:Cell></ss:Row><ss:Row ss:Hidden=\"1\"><ss:Cell><ss:Data ss:Type=\"String\">Secret</ss:Data></ss:Cell></ss:Row><ss:Row/>"
            + "<ss:Row><ss:Cell><ss:Data ss:Type=\"String\"><h:B>Fern</h:B>\nred</ss:Data></ss:Cell><ss:Cell ss:Index=\"3\" ss:Formula=\"=1+6\"><ss:Data ss:Type=\"Number\">7</ss:Data></ss:Cell></ss:Row></ss:Table></ss:Worksheet><ss:Worksheet ss:Name=\"Empty\"><ss:Table/></ss:Worksheet></ss:Workbook>";
        var document = Read(path, book);
        Assert.Equal("Plants\n\n| Plant | Days |\n| --- | --- |\n| Fern red | 7 |", document.Text);
        Assert.Equal("The workbook is broken and cannot be read.", Rejection(path, book[..^30]));
    }

    /// <summary>What a field within another's code comes to is no text; a field that an edit left without its end hides nothing.</summary>
    [Theory]
    [InlineData("[IF [MERGEFIELD Name|«Name»] = \"x\"|result] done", "result done")]
    [InlineData("[REF a|see [PAGE|3]] done", "see 3 done")]
    public void Word_Fields_ShowWhatTheyComeTo(string fields, string text)
    {
        var inCode = new Stack<bool>();
        var runs = string.Concat(fields.SelectMany(c =>
        {
            var mark = c switch { '[' => "begin", '|' => "separate", ']' => "end", _ => null };
            if (c == '[') inCode.Push(true);
            else if (c == '|') (inCode.Pop(), inCode).Item2.Push(false);
            else if (c == ']') inCode.Pop();
            return mark is not null ? $"<w:r><w:fldChar w:fldCharType=\"{mark}\"/></w:r>" : inCode.TryPeek(out var code) && code ? $"<w:r><w:instrText xml:space=\"preserve\">{c}</w:instrText></w:r>" : Run(c.ToString());
        }));
        Assert.Equal(text, Read("a.docx", Word($"<w:p>{runs}</w:p>")).Text.Split('\n')[0]);
    }

    [Fact]
    public void Word_AFieldWithoutItsEnd_TakesNoOthersWithIt()
    {
        const string open = "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r>";
        var text = Read("a.docx", Word($"<w:p>{open}</w:p>" + string.Concat(Enumerable.Repeat(Paragraph("One."), 30)) + $"<w:p>{open}<w:r><w:fldChar w:fldCharType=\"separate\"/></w:r>{Run("Figure 3")}<w:r><w:fldChar w:fldCharType=\"end\"/></w:r></w:p>")).Text;
        Assert.EndsWith("Figure 3", text, StringComparison.Ordinal);
    }

    /// <summary>Signs that Office keeps as properties: without its brackets 2(a+b) is 2a+b.</summary>
    [Theory]
    [InlineData("<m:r><m:t>2</m:t></m:r><m:d><m:e><m:r><m:t>a+b</m:t></m:r></m:e></m:d>", "2(a+b)")]
    [InlineData("<m:d><m:dPr><m:begChr m:val=\"[\"/><m:sepChr m:val=\";\"/><m:endChr m:val=\"\"/></m:dPr><m:e><m:r><m:t>a</m:t></m:r></m:e><m:e><m:r><m:t>b</m:t></m:r></m:e></m:d>", "[a;b")]
    [InlineData("<m:nary><m:naryPr><m:chr m:val=\"∑\"/></m:naryPr><m:sub><m:r><m:t>i</m:t></m:r></m:sub><m:sup><m:r><m:t>n</m:t></m:r></m:sup><m:e><m:r><m:t>i</m:t></m:r></m:e></m:nary>", "∑_(i)ⁿ i")]
    [InlineData("<m:nary><m:naryPr/><m:e><m:r><m:t>x</m:t></m:r></m:e></m:nary>", "∫x")]
    [InlineData("<m:d><m:dPr><m:begChr m:val=\"[\"/><m:endChr m:val=\"]\"/></m:dPr><m:e><m:m><m:mr><m:e><m:r><m:t>1</m:t></m:r></m:e><m:e><m:r><m:t>2</m:t></m:r></m:e></m:mr><m:mr><m:e><m:r><m:t>3</m:t></m:r></m:e><m:e><m:r><m:t>4</m:t></m:r></m:e></m:mr></m:m></m:e></m:d>", "[1 2; 3 4]")]
    [InlineData("<m:rad><m:deg><m:r><m:t>3</m:t></m:r></m:deg><m:e><m:r><m:t>x</m:t></m:r></m:e></m:rad><m:rad><m:deg/><m:e><m:r><m:t>y</m:t></m:r></m:e></m:rad>", "³√(x)√(y)")]
    [InlineData("<m:func><m:fName><m:r><m:t>sin</m:t></m:r></m:fName><m:e><m:r><m:t>x</m:t></m:r></m:e></m:func>", "sin x")]
    [InlineData("<m:acc><m:accPr><m:chr m:val=\"^\"/></m:accPr><m:e><m:r><m:t>x</m:t></m:r></m:e></m:acc>", "x")]
    public void Word_Formulas_KeepTheirSigns(string formula, string text) => Assert.Equal(text, Read("a.docx", Word($"<w:p><m:oMath>{formula}</m:oMath></w:p>")).Text);

    [Fact]
    public void Word_Initials_BeginTheirWord() => Assert.Equal("Once upon a time.", Read("a.docx", Word("<w:p><w:pPr><w:framePr w:dropCap=\"drop\"/></w:pPr><w:r><w:t>O</w:t></w:r></w:p>" + Paragraph("nce upon a time."))).Text);

    [Fact]
    public void Word_Notes_HaveTheirNumbers() => Assert.Equal(
        "In 1900¹ and 1901².\n\nNotes\n\n2. Second.\n\nMore.\n\n1. First.",
        Read("a.docx", Word(
            $"<w:p>{Run("In 1900")}<w:r><w:footnoteReference w:id=\"7\"/></w:r>{Run(" and 1901")}<w:r><w:footnoteReference w:id=\"3\"/></w:r>{Run(".")}</w:p>",
            $"<w:footnote w:type=\"separator\" w:id=\"0\">{Paragraph("line")}</w:footnote><w:footnote w:id=\"3\">{Paragraph("Second.")}{Paragraph("More.")}</w:footnote><w:footnote w:id=\"7\">{Paragraph("First.")}</w:footnote>")).Text);

    /// <summary>PowerPoint writes a cell for each place that one to the left spans.</summary>
    [Fact]
    public void Slides_CellsThatSpanColumns_TakeTheirPlacesOnce()
    {
        const string cell = "<a:tc{0}><a:txBody><a:p><a:r><a:t>{1}</a:t></a:r></a:p></a:txBody></a:tc>";
        string Cell(string text, string attributes = "") => string.Format(null, cell, attributes, text);
        var table = $"<p:graphicFrame><a:graphic><a:graphicData><a:tbl><a:tr>{Cell("Plants", " gridSpan=\"2\"")}{Cell("", " hMerge=\"1\"")}{Cell("Days")}</a:tr><a:tr>{Cell("Fern")}{Cell("red")}{Cell("7")}</a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame>";
        Assert.Equal("| Plants |  | Days |\n| --- | --- | --- |\n| Fern | red | 7 |", Read("a.pptx", Slides((table, false, null))).Text);
    }

    [Fact]
    public void Slides_Formulas_KeepTheirSigns() => Assert.Equal("y = f(x)²", Read("a.pptx", Slides((
        "<p:sp><p:txBody><a:p><a:r><a:t>y = </a:t></a:r><m:oMath xmlns:m=\"http://schemas.openxmlformats.org/officeDocument/2006/math\"><m:r><m:t>f</m:t></m:r><m:sSup><m:e><m:d><m:e><m:r><m:t>x</m:t></m:r></m:e></m:d></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath></a:p></p:txBody></p:sp>", false, null))).Text);

    [Fact]
    public void Row_ThatBeginsBehindAColumn_KeepsItsColumns() => Assert.Equal(
        "| a | b |\n| --- | --- |\n|  | c |",
        Read("a.docx", Word($"<w:tbl><w:tr>{Cell}a{CellEnd}{Cell}b{CellEnd}</w:tr><w:tr><w:trPr><w:gridBefore w:val=\"1\"/></w:trPr>{Cell}c{CellEnd}</w:tr></w:tbl>")).Text);

    /// <summary>What is broken in one sheet or slide takes no other with it; where nothing else is, the file is refused.</summary>
    [Fact]
    public void Parts_ThatAreBroken_LeaveTheOthers()
    {
        const string Good = "<row><c t=\"inlineStr\"><is><t>good</t></is></c></row>";
        Assert.Equal("One\n\ngood", Read("a.xlsx", Workbook([], ("Bad", "<row><c t=", false), ("One", Good, false))).Text);
        Assert.Contains("broken", Rejection("a.xlsx", Workbook([], ("Bad", "<row><c t=", false))), StringComparison.Ordinal);
    }

    [Fact]
    public void Package_WithBackslashesInItsNames_IsRead()
    {
        using var packed = new System.IO.Compression.ZipArchive(new MemoryStream(Word(Paragraph("Ferns like shade."))));
        var files = packed.Entries.Select(entry =>
        {
            using var content = new MemoryStream();
            using (var stream = entry.Open()) stream.CopyTo(content);
            return (entry.FullName.Replace('/', '\\'), content.ToArray());
        });
        Assert.Equal("Ferns like shade.", Read("a.docx", Zip([.. files])).Text);
    }
}
