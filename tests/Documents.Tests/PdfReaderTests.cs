using System.Text;
using static Serverless.Documents.Tests.PdfFiles;
using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

public sealed class PdfReaderTests
{
    [Fact]
    public void Pages_HeadingsParagraphs_AreKept()
    {
        var document = Read("a.pdf", Write(
            [("Care of ferns", 60, 780, 20), .. Lines(60, 740, "Ferns like shade and water that is", "given often, in sum-", "mer more than in winter."), .. Lines(60, 680, "A second paragraph.")],
            [.. Lines(60, 780, "On the second page."), ("Roses", 60, 740, 14), .. Lines(60, 710, "Roses like sun.")]));
        Assert.Equal(
            [
                (1, "Care of ferns", "Ferns like shade and water that is given often, in summer more than in winter.\n\nA second paragraph."),
                (2, "Care of ferns", "On the second page."), (2, "Care of ferns > Roses", "Roses like sun."),
            ],
            Sections(document));
    }

    [Theory]
    [InlineData(4, 7, "The speed is 10⁵ m/s.")]
    [InlineData(0, 10, "The speed is 105 m/s.")]
    [InlineData(3, 6.5, "The speed is 10⁵ m/s.")]
    public void Figures_ThatStandRaised_DoNotRunTogetherWithOthers(double up, double size, string text) => Assert.Equal(
        text,
        Read("a.pdf", Write([("The speed is 10", 60, 780, 10), ("5", 131.15, 780 + up, size), (" m/s.", 131.15 + (0.556 * size), 780, 10)])).Text);

    [Fact]
    public void Columns_AreReadOneAfterTheOther()
    {
        string[] left = [.. Enumerable.Range(1, 12).Select(i => $"left column line number {i} goes on here")];
        string[] right = [.. Enumerable.Range(1, 12).Select(i => $"right column line number {i} goes on here")];
        var text = Read("a.pdf", Write([("A title across both columns of this page", 60, 790, 16), .. Lines(50, 750, left), .. Lines(320, 750, right)])).Text;
        Assert.Equal($"A title across both columns of this page\n\n{string.Join(' ', left)}\n\n{string.Join(' ', right)}", text);
    }

    [Fact]
    public void Table_WithEmptyCells_KeepsItsColumns()
    {
        var document = Read("a.pdf", Write(
        [
            .. Lines(60, 780, "The following plants were bought for the new garden in the spring of this year:"),
            .. Lines(60, 740, "Plant", "Fern", "Rose", "Fig"), .. Lines(200, 740, "Light", "shade", "sun"), .. Lines(340, 740, "Water", "daily", "weekly", "rarely"),
            .. Lines(60, 660, "All of them grow well, as long as they are watered in the way that is given there."),
        ]));
        Assert.Contains("| Plant | Light | Water |\n| --- | --- | --- |\n| Fern | shade | daily |\n| Rose | sun | weekly |\n| Fig |  | rarely |", document.Text, StringComparison.Ordinal);
        Assert.Single(document.Blocks!);
    }

    [Fact]
    public void Table_WhoseHeadsStandBesideWhatIsBelow_HasThemAboveIt()
    {
        var text = Read("a.pdf", Write(
        [
            .. Lines(60, 780, "The following plants were bought for the new garden in the spring of this year:"),
            ("Plant", 62, 740, 10), ("Count", 215, 740, 10), ("Price", 300, 740, 10), ("Place", 475, 740, 10),
            .. Lines(60, 726, "Fern", "Rose", "Fig"), .. Lines(180, 726, "12", "7", "100"), .. Lines(340, 726, "4.50", "12.00", "9.90"), .. Lines(420, 726, "Bed 2", "Bed 3", "Pot"),
        ])).Text;
        Assert.Contains("| Plant | Count | Price | Place |\n| --- | --- | --- | --- |\n| Fern | 12 | 4.50 | Bed 2 |\n| Rose | 7 | 12.00 | Bed 3 |\n| Fig | 100 | 9.90 | Pot |", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("41 2.50", "42 3.50", "43 9.00")]
    [InlineData("41 2.50")]
    public void Table_ThatGoesOnOverPages_HasItsHeadOnEach(params string[] over)
    {
        var text = Read("a.pdf", Write(Page("Name Count Price", "Fern 12 4.50", "Rose 7 12.00", "Fig 100 9.90"), Page([.. over.Select((row, i) => $"Herb{i} {row}")]), Page("Mint 1 2.00", "Sage 2 3.00", "Thyme 3 4.00"))).Text;
        Assert.Equal(3, text.Split("| Name | Count | Price |\n| --- | --- | --- |\n").Length - 1);
        Assert.Contains("--- |\n| Herb0 | 41 | 2.50 |", text, StringComparison.Ordinal);
        Assert.Contains("--- |\n| Mint | 1 | 2.00 |", text, StringComparison.Ordinal);
    }

    /// <summary>Another table that stands in the same columns, and rows of words, of which none can tell whether the first is a head.</summary>
    [Theory]
    [InlineData("Tool Stock Cost", "Rake 3 20.00", "Hoe 4 15.00")]
    [InlineData("Tool Stock Cost", "Rake old cheap", "Hoe new dear")]
    public void Table_BelowAPageThatEndsWithOne_HasItsOwnHead(params string[] second)
    {
        var text = Read("a.pdf", Write(Page("Name Count Price", "Fern 12 4.50", "Rose 7 12.00", "Fig 100 9.90"), Page(second))).Text;
        Assert.Single(text.Split("| Name | Count | Price |").Skip(1));
        Assert.Contains("| Tool | Stock | Cost |\n| --- | --- | --- |", text, StringComparison.Ordinal);
    }

    private static IReadOnlyList<(string Text, double X, double Y, double Size)> Page(params string[] rows) =>
        [.. rows.SelectMany((row, i) => row.Split(' ').Select((cell, column) => (cell, 60 + (120.0 * column), 740 - (14.0 * i), 10.0)))];

    [Fact]
    public void Form_DrawnOnce_IsRead() => Assert.Equal("Hello ferns", Read("a.pdf", Form("BT /F 10 Tf 50 700 Td (Hello ferns) Tj ET", 1)).Text);

    [Theory]
    [InlineData("letters", 1, "draws more than 200000 letters")]
    [InlineData("few", 5000, "draws more than 200000 letters")]
    [InlineData("lines", 60_000, "draws more than 50000 forms")]
    [InlineData("operations", 1, "takes more than 16777216 bytes")]
    [InlineData("spaces", 1, "unpacks to more than 33554432 bytes")]
    public void Bomb_EndsBeforeItIsDrawn(string kind, int times, string reason)
    {
        var content = kind switch
        {
            "letters" => $"BT /F 1 Tf 50 700 Td ({new string('a', 10_000_000)}) Tj ET",
            "few" => $"BT /F 1 Tf 50 700 Td ({new string('a', 1000)}) Tj ET",
            "lines" => "0 0 m 1 1 l S",
            "operations" => string.Concat(Enumerable.Repeat("0 0 l\n", 3_000_000)),
            _ => new string(' ', 40_000_000),
        };
        var file = Form(content, times);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(reason, Rejection("a.pdf", file), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512L * 1024 * 1024);
    }

    [Fact]
    public void Scan_NeedsOcr() => Assert.Equal("needs OCR: none of the PDF's 1 pages holds text, they are pictures.", Rejection("a.pdf", Scan()));

    [Fact]
    public void Empty_SaysSo() => Assert.Equal("The file holds no text.", Rejection("a.pdf", Write([])));

    [Theory]
    [InlineData("%PDF-1.7 and nothing more")]
    [InlineData("no PDF at all")]
    public void Broken_SaysSo(string content) => Assert.Equal("The PDF is broken and cannot be read.", Rejection("a.pdf", content));

    [Fact]
    public void Truncated_IsReadOrReported()
    {
        var whole = Write([.. Lines(60, 780, "Ferns like shade.")]);
        for (var length = 10; length < whole.Length; length += 97)
        {
            try
            {
                _ = Read("a.pdf", whole[..length]);
            }
            catch (DocumentRejectedException rejected)
            {
                Assert.DoesNotContain("Ferns", rejected.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Encrypted_SaysSo()
    {
        // The standard security handler, revision 3, with a password that nobody gives.
        var objects = new[]
        {
            "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>",
            $"<</Filter/Standard/V 2/R 3/Length 128/P -4/O<{new string('1', 64)}>/U<{new string('2', 64)}>>>",
        };
        var file = new StringBuilder("%PDF-1.5\n");
        var offsets = new List<int>();
        for (var i = 0; i < objects.Length; i++)
        {
            offsets.Add(file.Length);
            file.Append($"{i + 1} 0 obj\n{objects[i]}\nendobj\n");
        }

        var start = file.Length;
        file.Append($"xref\n0 {objects.Length + 1}\n0000000000 65535 f \n").Append(string.Concat(offsets.Select(offset => $"{offset:D10} 00000 n \n")));
        file.Append($"trailer\n<</Size {objects.Length + 1}/Root 1 0 R/Encrypt 4 0 R/ID[<{new string('a', 32)}><{new string('a', 32)}>]>>\nstartxref\n{start}\n%%EOF");
        Assert.Equal("The PDF is encrypted: a password is needed.", Rejection("a.pdf", Encoding.Latin1.GetBytes(file.ToString())));
    }

    private const string Label = "BT /F 10 Tf 50 700 Td (Full name:) Tj ET BT /F 10 Tf 50 650 Td (Agreed:) Tj ET";

    /// <summary>What a form was filled in with stands where it is seen, drawn by the file or by whoever shows it.</summary>
    [Theory]
    [InlineData("<</Subtype/Widget/FT/Tx/T(n)/V(Jane Doe)/Rect[110 694 300 714]>>", "Full name: Jane Doe\n\nAgreed:")]
    [InlineData("<</Subtype/Widget/Parent 8 0 R/Rect[110 694 300 714]>>", "Full name: Fern & Co\n\nAgreed:")]
    [InlineData("<</Subtype/Widget/FT/Tx/V(old)/Rect[110 694 310 714]/AP<</N 7 0 R>>>>", "Full name: Drawn\n\nAgreed:")]
    [InlineData("<</Subtype/Widget/FT/Ch/V[(Oak)(Fig)]/Rect[110 694 300 714]>>", "Full name: Oak, Fig\n\nAgreed:")]
    [InlineData("<</Subtype/Widget/FT/Btn/AS/Yes/V/Yes/Rect[110 645 310 665]/AP<</N<</Yes 7 0 R/Off 9 0 R>>>>>>", "Full name:\n\nAgreed: Drawn")]
    [InlineData("<</Subtype/FreeText/Contents(Checked by me)/Rect[300 694 500 714]>>", "Full name: Checked by me\n\nAgreed:")]
    [InlineData("<</Subtype/Widget/FT/Tx/V(Jane)/F 2/Rect[110 694 300 714]>>", "Full name:\n\nAgreed:")]
    [InlineData("<</Subtype/Widget/FT/Tx/V(secret)/Ff 8192/Rect[110 694 300 714]>>", "Full name:\n\nAgreed:")]
    [InlineData("<</Subtype/Widget/FT/Btn/Ff 65536/Rect[110 694 300 714]/AP<</N 7 0 R>>>>", "Full name:\n\nAgreed:")]
    [InlineData("<</Subtype/Text/Contents(a remark)/Rect[110 694 300 714]>>", "Full name:\n\nAgreed:")]
    [InlineData("<</Subtype/Widget/Parent 10 0 R/V(x)/FT/Tx/Rect[0 0]>> 99 0 R null 6 0 R", "Full name:\n\nAgreed:")]
    public void Forms_HaveTheirValuesRead(string annotations, string text) => Assert.Equal(text, Read("a.pdf", Annotated(
        Label, $"[{annotations}]", ("<</Kids[6 0 R]>>", null),
        ("<</Type/XObject/Subtype/Form/BBox[0 0 100 10]/Resources<</Font<</F 4 0 R>>>>/Length 0>>", "BT /F 5 Tf 0 3 Td (Drawn) Tj ET"),
        ("<</FT/Tx/V<FEFF004600650072006E00200026 00200043006F>>>", null), ("<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 0>>", " "), ("<</Parent 10 0 R>>", null))).Text);

    [Theory]
    [InlineData("<</Subtype/Widget/FT/Tx/Parent 6 0 R/V 6 0 R/Rect[0 0 9 9]>>", "<</Parent 6 0 R>>")]
    [InlineData("<</Subtype/Widget/FT/Tx/Rect[0 0 9 9]/AP<</N 7 0 R>>>>", "<<>>")]
    [InlineData("<</Subtype/Widget/FT/Tx/Rect[0 0 1e300 9]/V(x)>>", "<<>>")]
    public void Forms_ThatLeadToThemselves_EndAllTheSame(string annotation, string other) => Assert.StartsWith("Full name:", Read("a.pdf", Annotated(
        Label, $"[{string.Concat(Enumerable.Repeat(annotation, 50))}]", (other, null),
        ("<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 7 0 R>>>>/Length 0>>", "/X Do"))).Text, StringComparison.Ordinal);

    /// <summary>Bold by drawing twice, a shadow, and letters that do follow themselves.</summary>
    [Theory]
    [InlineData("BT /F 10 Tf 50 700 Td (Balloon tools) Tj ET BT /F 10 Tf 50.3 700 Td (Balloon tools) Tj ET", "Balloon tools")]
    [InlineData("BT /F 10 Tf 1 0 0 1 50 700 Tm (A) Tj 1 0 0 1 50.4 700 Tm (A) Tj 1 0 0 1 56.7 700 Tm (l) Tj 1 0 0 1 57 700 Tm (l) Tj 1 0 0 1 58.9 700 Tm (l) Tj 1 0 0 1 59.3 700 Tm (l) Tj ET", "All")]
    [InlineData("BT /F 10 Tf 30 Tz 50 700 Td (narrow ill) Tj ET", "narrow ill")]
    [InlineData("BT /F 40 Tf 50 700 Td (illlli) Tj ET BT /F 40 Tf 52 698 Td (illlli) Tj ET", "illlli")]
    public void Letters_DrawnTwice_AreReadOnce(string content, string text) => Assert.Equal(text, Read("a.pdf", Annotated(content, "[]")).Text);

    [Theory]
    [InlineData("BT /F 10 Tf 0 1 -1 0 300 300 Tm (Written upwards) Tj 0 -12 Td (in two lines.) Tj ET", "Written upwards in two lines.")]
    [InlineData("BT /F 10 Tf 0 -1 1 0 300 300 Tm (Written downwards) Tj ET BT /F 10 Tf 50 700 Td (One) Tj ET", "Written downwards\n\nOne")]
    [InlineData("BT /F 10 Tf 50 700 Td (Longer than what is beside) Tj ET BT /F 10 Tf -1 0 0 -1 300 300 Tm (Upside down) Tj ET", "Longer than what is beside\n\nUpside down")]
    public void Text_WrittenInAnyDirection_IsRead(string content, string text) => Assert.Equal(text, Read("a.pdf", Annotated(content, "[]")).Text);

    /// <summary>A scan that lay askew, a box that stands aslant beside level text, and letters on a curve, which have no line.</summary>
    [Theory]
    [InlineData(2, "", "Ferns like the shade of trees. They like water too.")]
    [InlineData(-8, "", "Ferns like the shade of trees. They like water too.")]
    [InlineData(25, "BT /F 10 Tf 50 700 Td (Level text is longer than what stands aslant beside it, in a box) Tj ET", "Level text is longer than what stands aslant beside it, in a box\n\nFerns like the shade of trees. They like water too.")]
    public void Text_WrittenAskew_IsRead(int degrees, string other, string text)
    {
        var (sine, cosine) = Math.SinCos(degrees * Math.PI / 180);
        var content = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{other} BT /F 10 Tf {cosine:F4} {sine:F4} {-sine:F4} {cosine:F4} 100 300 Tm (Ferns like the shade of trees.) Tj 0 -12 Td (They like water too.) Tj ET");
        Assert.Equal(text, Read("a.pdf", Annotated(content, "[]")).Text);
    }

    /// <summary>Words are parted by spaces, by gaps where none are written, and by nothing that only sets letters apart.</summary>
    [Theory]
    [InlineData("[(I) -278 (A) 2 (m) -278 (A) -278 (H) 3 (e) 4 (a) 5 (d) 6 (e) 7 (r)] TJ", "I Am A Header")]
    [InlineData("[(tig) 30 (h) -20 (t) -180 (lin) -30 (es) -170 (of) -175 (text)] TJ", "tight lines of text")]
    [InlineData("(Sp a c e d) Tj", "Sp a c e d")]
    [InlineData("3 Tc (MECHANICAL AND ELECTRICAL) Tj 0 Tc ( as it is) Tj", "MECHANICAL AND ELECTRICAL as it is")]
    [InlineData("(T) Tj /F 8 Tf (RACE) Tj /F 10 Tf ( M) Tj /F 8 Tf (ONKEY) Tj", "TRACE MONKEY")]
    [InlineData("(H) Tj /F 7 Tf -2 Ts (2) Tj /F 10 Tf 0 Ts (O is water) Tj", "H2O is water")]
    [InlineData("(one) Tj 1.2 Ts ( and) Tj 0 Ts ( two) Tj", "one and two")]
    [InlineData("[(na\\310) 333 (\\365ve caf\\302) 333 (e)] TJ", "naïve café")]
    [InlineData("(quote \\302 alone) Tj", "quote ´ alone")]
    public void Words_AreParted_WhereTheirLettersAre(string content, string text) => Assert.Equal(text, Read("a.pdf", Annotated($"BT /F 10 Tf 50 700 Td {content} ET", "[]")).Text);

    /// <summary>Lines that are set wide are of one paragraph while they are full; short ones with as much between them each stand for themselves.</summary>
    [Theory]
    [InlineData("Ferns like the shade of trees and of", "houses, and water that is given often,", "in summer even more than in winter,", "when the air is dry and ovens are hot.", true)]
    [InlineData("Ferns like the shade of trees and of houses", "Water", "Earth", "Light", false)]
    public void Paragraphs_SetWide_AreOne(string first, string second, string third, string fourth, bool isOne) => Assert.Equal(
        string.Join(isOne ? " " : "\n\n", first, second, third, fourth),
        Read("a.pdf", Write([(first, 60, 780, 10), (second, 60, 756, 10), (third, 60, 732, 10), (fourth, 60, 708, 10)])).Text);

    /// <summary>The letters א, ב, ג, ד stand for the codes a to d, written as a page shows them: from the right.</summary>
    [Theory]
    [InlineData("(dcb cba) Tj", "אבג בגד")]
    [InlineData("(.cba) Tj", "אבג.")]
    [InlineData("(cb 3.50 cba) Tj", "אבג 3.50 בג")]
    [InlineData("(dc PDF 2 X \\(b\\) a) Tj", "א (ב) PDF 2 X גד")]
    [InlineData("(dc \\)7\\( cba) Tj", "אבג (7) גד")]
    [InlineData("(Nuts cba dcb Figs) Tj", "Nuts בגד אבג Figs")]
    [InlineData("(cba dcb) Tj 0 -40 Td (cb a) Tj", "בגד אבג\n\nא בג")]
    public void Text_FromRightToLeft_IsReadInItsOrder(string content, string text) => Assert.Equal(text, Read("a.pdf", Mapped(
        $"BT /F 10 Tf 0 50 Td {content} ET", "1 beginbfrange <20> <60> <0020> endbfrange 1 beginbfrange <65> <7E> <0065> endbfrange 4 beginbfchar <61> <05D0> <62> <05D1> <63> <05D2> <64> <05D3> endbfchar")).Text);

    /// <summary>Codes that only TeX knows, in both of its encodings; in others they are nothing.</summary>
    [Theory]
    [InlineData("(di\\016cult \\014nd \\013) Tj", "difficult find")]
    [InlineData("(di\\036cult \\020\\034nd\\021) Tj", "difficult “find”")]
    [InlineData("(plain \\001\\002 text) Tj", "plain text")]
    [InlineData("(\\001) Tj 0 -14 Td (text) Tj", "text")]
    public void Letters_OfTex_AreNamed(string content, string text) => Assert.Equal(text, Read("a.pdf", Mapped($"BT /F 10 Tf 0 50 Td {content} ET", Controls)).Text);

    private static readonly string Controls = "1 beginbfrange <20> <7E> <0020> endbfrange 31 beginbfchar " + string.Concat(Enumerable.Range(1, 31).Select(code => $"<{code:X2}> <{code:X4}> ")) + "endbfchar";

    private static byte[] Mapped(string content, string map) => Annotated(
        " ", "[<</Subtype/FreeText/Rect[50 500 350 600]/AP<</N 6 0 R>>>>]",
        ("<</Type/XObject/Subtype/Form/BBox[0 0 300 100]/Resources<</Font<</F 7 0 R>>>>/Length 0>>", content), ($"<</Type/Font/Subtype/Type1/BaseFont/Fern/FirstChar 0/LastChar 255/Widths[{string.Join(' ', Enumerable.Repeat(500, 256))}]/FontDescriptor 9 0 R/ToUnicode 8 0 R>>", null),
        ("<</Length 0>>", $"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange {map} endcmap end"),
        ("<</Type/FontDescriptor/FontName/Fern/Flags 32/FontBBox[0 -200 1000 800]/ItalicAngle 0/Ascent 800/Descent -200/CapHeight 700/StemV 80>>", null));

    [Theory]
    [InlineData("/Span <</ActualText (fi)>> BDC BT /F 10 Tf 50 700 Td (X) Tj ET EMC BT /F 10 Tf 57 700 Td (nd it) Tj ET", "find it")]
    [InlineData("BT /F 10 Tf 50 700 Td (a) Tj /Span <</ActualText ()>> BDC (~~) Tj EMC /P <</MCID 0>> BDC /Span <</ActualText <FEFF2026>>> BDC (...) Tj EMC (b) Tj EMC ET", "a … b")]
    [InlineData("/Span <</ActualText (to be read aloud)>> BDC BT /F 10 Tf 50 700 Td (As shown) Tj ET EMC EMC", "As shown")]
    public void Letters_ThatSayWhatTheyAre_AreThat(string content, string text) => Assert.Equal(text, Read("a.pdf", Annotated(content, "[]")).Text);

    /// <summary>Invisible letters over a picture are what was recognised in it; without one they are there for nobody.</summary>
    [Fact]
    public void Letters_ThatNobodySees_GoWhereNoPictureIs()
    {
        const string invisible = "BT 3 Tr /F 10 Tf 50 700 Td (Invisible) Tj ET ";
        Assert.Equal("Seen", Read("a.pdf", Annotated(invisible + "BT 0 Tr /F 10 Tf 50 650 Td (Seen) Tj ET", "[]")).Text);
        Assert.Equal("Invisible", Read("a.pdf", Annotated(invisible, "[]")).Text);
        Assert.Equal("Invisible\n\nSeen", Read("a.pdf", Annotated(invisible + "BT 0 Tr /F 10 Tf 50 650 Td (Seen) Tj ET BI /W 1 /H 1 /BPC 8 /CS /G ID x EI", "[]")).Text);
    }

    [Theory]
    [InlineData("(1.) Tj 20 0 Td (Install the pump) Tj -20 -14 Td (2.) Tj 20 0 Td (Open the) Tj 0 -14 Td (valve.) Tj -20 -14 Td (3.) Tj 20 0 Td (Wait.) Tj", "1. Install the pump\n\n2. Open the valve.\n\n3. Wait.")]
    [InlineData("(Do this:) Tj 0 -14 Td (\\(a\\) Sow) Tj 0 -14 Td (\\(b\\) Water) Tj", "Do this:\n\n(a) Sow\n\n(b) Water")]
    [InlineData("(As was said in section) Tj 0 -14 Td (5. above it rains.) Tj", "As was said in section 5. above it rains.")]
    public void Items_StandForThemselves(string lines, string text) => Assert.Equal(text, Read("a.pdf", Annotated($"BT /F 10 Tf 50 700 Td {lines} ET", "[]")).Text);

    /// <summary>White on white is not read, as of a page of HTML; white on what is painted below it is, as heads of tables are written.</summary>
    [Theory]
    [InlineData("1 1 1 rg BT /F 10 Tf 50 650 Td (White) Tj ET", "Seen")]
    [InlineData("1 g BT /F 10 Tf 50 650 Td (White) Tj ET", "Seen")]
    [InlineData("0 0 0 0 k BT /F 10 Tf 50 650 Td (White) Tj ET", "Seen")]
    [InlineData("1 1 1 rg 40 640 200 30 re f BT /F 10 Tf 50 650 Td (White) Tj ET", "Seen")]
    [InlineData("0 0 1 rg 300 640 200 30 re f 1 g BT /F 10 Tf 50 650 Td (White) Tj ET", "Seen")]
    [InlineData("0 0 1 rg 40 640 200 30 re f 1 g BT /F 10 Tf 50 650 Td (White) Tj ET", "Seen\n\nWhite")]
    [InlineData("q 2 0 0 2 0 0 cm 0 0 1 rg 20 320 m 120 320 l 120 335 l 20 335 l h f Q 1 g BT /F 10 Tf 50 650 Td (White) Tj ET", "Seen\n\nWhite")]
    [InlineData("0 0 1 RG 30 w 40 655 m 240 655 l S 1 g BT /F 10 Tf 50 650 Td (White) Tj ET", "Seen\n\nWhite")]
    [InlineData("q 200 0 0 30 40 640 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q 1 g BT /F 10 Tf 50 650 Td (White) Tj ET", "Seen\n\nWhite")]
    [InlineData("1 g BT /F 10 Tf 1 Tr 50 650 Td (Outlined) Tj ET", "Seen\n\nOutlined")]
    [InlineData("0.9 g BT /F 10 Tf 50 650 Td (Pale) Tj ET", "Seen\n\nPale")]
    public void Letters_WhiteOnWhite_AreNotRead(string content, string text) =>
        Assert.Equal(text, Read("a.pdf", Annotated("BT /F 10 Tf 50 700 Td (Seen) Tj ET " + content, "[]")).Text);

    [Fact]
    public void Page_OfWhiteLettersAlone_IsReadAllTheSame() => Assert.Equal("White", Read("a.pdf", Annotated("1 g BT /F 10 Tf 50 650 Td (White) Tj ET", "[]")).Text);

    /// <summary>A portfolio is little but its files; an invoice's XML says for programs what its pages show.</summary>
    [Theory]
    [InlineData("/Collection<<>>", "Cover\n\nplan.md\n\nCare\n\nMist.\n\ndata.xml\n\n<a/>")]
    [InlineData("", "Cover\n\nplan.md\n\nCare\n\nMist.")]
    public void Files_OfAPortfolio_AreRead(string collection, string text)
    {
        using var packed = new MemoryStream();
        using (var stream = new System.IO.Compression.ZLibStream(packed, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true)) stream.Write("# Care\n\nMist."u8);
        var pdf = WithFiles(
            collection + "/Names<</EmbeddedFiles 6 0 R>>",
            ("<</Kids[7 0 R 6 0 R 8 0 R]>>", null), ("<</Names[(a) 9 0 R (b) 11 0 R]>>", null), ("<</Kids[7 0 R 6 0 R]/Names[(c) <</F(picture.bin)/EF<</F 12 0 R>>>> (d) 4 0 R]>>", null),
            ("<</Type/Filespec/F(folder/plan.md)/EF<</F 10 0 R>>>>", null), ($"<</Type/EmbeddedFile/Filter/FlateDecode/Length {packed.Length}>>", packed.ToArray()),
            ("<</F(data.xml)/EF<</F 12 0 R>>>>", null), ("<</Type/EmbeddedFile/Length 4>>", "<a/>"u8.ToArray()));
        // Its tree of names refers to itself.
        var document = Read("a.pdf", pdf);
        Assert.Equal(text, document.Text);
        Assert.Contains(document.Sections, section => section.Heading == "plan.md > Care");
    }

    [Fact]
    public void Hyphens_AtLineEnds_GoWhereTheyPartSyllables() => Assert.Equal(
        "It grows by e-mail and in hyphenated words there.",
        Read("a.pdf", PdfFiles.Write([.. PdfFiles.Lines(50, 700, "It grows by e-", "mail and in hyphen-", "ated words there.")])).Text);
}
