using System.Text;
using Serverless.Documents.Pdf;
using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

/// <summary>Small files that were made to cost much: each is read or refused, within memory in proportion to its size.</summary>
public sealed class BombTests
{
    // A reader's first file costs up to a quarter more than its later ones: expressions are built, and code that is not yet compiled well boxes its values.
    private const long Allowance = 96L * 1024 * 1024;
    private const long PerByte = 400;

    public static TheoryData<string, string> Bombs => new()
    {
        { "formatting.html", "<p>" + string.Concat(Enumerable.Range(0, 200).Select(i => $"<font color={i}>")) + Times("<p>x", 2000) },
        { "nobr.html", "<p>" + string.Concat(Enumerable.Range(0, 400).Select(i => $"<b class=c{i}>")) + Times("<p>x", 5000) },
        { "attributes.html", "<p " + string.Concat(Enumerable.Range(0, 60_000).Select(i => $"a{i}=1 ")) + ">x" },
        { "entities.html", Times("&lt;", 200_000) },
        { "comments.html", Times("<!-- x -->a", 50_000) },
        { "open-comments.html", Times("<!-- x ", 100_000) },
        { "scripts.html", Times("<script/>a", 50_000) },
        { "noframes.html", Times("<noframes>", 50_000) },
        { "paragraphs.html", Times("</p>", 500_000) },
        { "tables.html", Times("<table>x", 20_000) },
        { "nested-tables.html", Times("<table><tr><td>", 150) + Times("<p>x", 5000) },
        { "spans.html", "<table><tr>" + Times("<td rowspan=9999 colspan=1000>x", 200) + Times("<tr><td>y", 2000) },
        { "unknown.html", Times("<foo>", 50_000) },
        { "less.html", Times("<", 500_000) },
        { "quotes.html", Times("<a b='", 100_000) },
        { "styles.html", "<style>" + Times("p > b > .x{display:none}", 20_000) + "</style>" + Times("<p><b><i class=x>x</i></b></p>", 2000) },
        { "braces.html", "<style>" + Times("@media screen{", 50_000) + "</style>x" },
        { "nested-rules.html", "<style>" + Times("a{", 50_000) + "</style>x" },
        { "nested-selectors.html", "<style>" + Times("a,b,c{" + Times("& ", 30) + ",d{" + Times("& ", 30) + "{color:red}}}", 1000) + "</style>x" },
        { "layers.html", "<style>" + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"@layer a{i}{{b{{color:red}}}}")) + "</style>x" },
        { "strings.html", "<style>" + Times("a{b:'\n", 50_000) + "</style>x" },
        { "titles.html", Times("<title>", 50_000) },
        { "titles-in-a-line.md", Times("a <title> ", 50_000) + "</title>" },
        { "rows.md", "<table>\n\n" + Times("    <tr>\n\n", 50_000) },
        { "banners.html", Times("<div class=cookie-banner>", 400) + Times("<b>x</b>", 20_000) },
        { "remarks-above.md", Times("<!-- x -->\n", 50_000) + "---\ntitle: x\n---\n" },
        { "commands.eml", "Content-Type: text/enriched\n\n" + Times("<a", 200_000) },
        { "select.html", Times("<select><option>x", 10_000) },
        { "frames.html", Times("<iframe srcdoc='<p>x<iframe srcdoc=y></iframe>'></iframe>", 5000) },
        { "slots.html", Times("<x-a><template shadowrootmode=open><slot></slot></template>", 200) + Times("<b>x</b>", 20_000) },
        { "objects.pdf", "%PDF-1.5\n1 0 obj\n<</Type/Page>>\nendobj\n2 0 obj\n<</Type/ObjStm/N 9/First 1200000>>\nstream\n" + Times("9 0 9 1000000 ", 50_000).PadRight(1_200_000) + Times("x", 1_000_000) + "\nendstream\nendobj\n" },
        { "braces.tex", Times("{", 300_000) + "x" },
        { "groups.tex", Times("\\footnote{a", 20_000) + Times("}", 20_000) },
        { "open-groups.tex", Times("\\footnote{a", 100_000) },
        { "verbatims.tex", Times("\\begin{verbatim}x", 50_000) },
        { "environments.tex", Times("\\begin{a}", 50_000) + "x" + Times("\\end{b}", 50_000) },
        { "formulas.tex", Times("\\(x", 200_000) },
        { "dollars.tex", Times("$\\$x", 200_000) },
        { "options.tex", Times("\\x[", 100_000) },
        { "tables.tex", Times("\\begin{tabular}{l}x&", 10_000) + Times("\\end{tabular}", 10_000) },
        { "verbs.tex", Times("\\url{", 100_000) },
        { "formulas.md", Times("\\(a=", 100_000) },
        { "comments.wiki", Times("<!-- ", 100_000) },
        { "comments.adoc", Times("////\nx\n", 50_000) + "/////" },
        { "comments.rst", Times(".. x\n", 100_000) + "y" },
        { "links.md", new string('[', 50_000) },
        { "emphasis.md", Times("*a **", 40_000) },
        { "table.md", Times("|a", 2000) + "\n" + Times("|-", 2000) + "\n" + Times(Times("|b", 2000) + "\n", 20) },
        { "bars.md", Times("a | b\n", 300_000) },
        { "bars-in-a-line.md", Times("a | b ", 150_000) },
        { "bars-in-a-quote.md", Times("> a | b\n", 200_000) },
        { "quotes.md", Times("> ", 20_000) + "x" },
        { "lists.md", string.Concat(Enumerable.Range(0, 600).Select(i => new string(' ', 2 * i) + "- x\n")) },
        { "backticks.md", string.Concat(Enumerable.Range(1, 500).Select(i => new string('`', i) + "a")) },
        { "references.md", string.Concat(Enumerable.Range(0, 5000).Select(i => $"[a{i}]: x\n")) + Times("[a1][", 5000) },
        { "targets.md", Times("[a](", 80_000) },
        { "titles.md", Times("[a](b (", 60_000) },
        { "quoted-titles.md", Times("[a](b 'x", 60_000) },
        { "definitions.md", string.Concat(Enumerable.Range(0, 60_000).Select(i => $"[a{i}]: /x\n")) + Times("[a1] ", 60_000) },
        { "targets-below.md", string.Concat(Enumerable.Range(0, 30_000).Select(i => $"[a{i}]:\n  /x\n")) + Times("[a1] ", 30_000) },
        { "titles-below.md", string.Concat(Enumerable.Range(0, 20_000).Select(i => $"[a{i}]:\n/x\n'T'\n")) },
        { "quoted-definitions.md", string.Concat(Enumerable.Range(0, 60_000).Select(i => $"> [a{i}]: /x\n")) },
        { "listed-definitions.md", "- Links:\n\n" + string.Concat(Enumerable.Range(0, 60_000).Select(i => $"  [a{i}]: /x\n")) },
        { "underlined-definitions.md", string.Concat(Enumerable.Range(0, 60_000).Select(i => $"[a{i}]: /x\n")) + "===\n" },
        { "columns.md", Times("|a", 20_000) + "\n" + Times("|-", 20_000) + "\n" + Times(Times("|b", 20) + "\n", 3000) },
        { "front-matter.md", "---\n" + Times("a: b\n", 100_000) },
        { "boxes.md", Times(":::a\nx\n:::\n", 30_000) },
        { "nested-boxes.md", Times(":::a\n", 50_000) },
        { "admonitions.md", Times("!!! note\n", 50_000) },
        { "alerts.md", Times("> [!NOTE]\n", 30_000) },
        { "terms.md", Times("a\n: b\n", 30_000) },
        { "open-code.org", Times("#+begin_src\n", 50_000) },
        { "open-codes.org", string.Concat(Enumerable.Range(0, 50_000).Select(i => $"#+begin_a{i}\n")) },
        { "open-code.wiki", Times("<pre>\n", 50_000) },
        { "title-block.md", "% a\n" + Times(" b\n", 200_000) },
        { "grids.rst", Times("+-+-+\n| | |\n", 40_000) },
        { "grid-columns.rst", Times("+-", 100_000) + "+\n" + Times("|a", 100_000) + "|\n" + Times("+-", 100_000) + "+\n" },
        { "borders.rst", Times("== ==\nx\n", 50_000) },
        { "directives.rst", Times(".. list-table::\n\n", 50_000) },
        { "open-tables.adoc", Times("|===\nx\n", 1) + Times(",===\n", 1) + Times("[a]\n", 50_000) },
        { "cells.adoc", "|===\n" + Times("999*|x\n", 500) + "|===\n" },
        { "spans.adoc", "|===\n" + Times("|a ", 300) + "\n" + Times("512.999+|x\n", 2000) + "|===\n" },
        { "open-tables.wiki", Times("{|\n| a\n", 50_000) },
        { "links.wiki", "{|\n| " + Times("[[", 200_000) + "\n|}\n" },
        { "grids.md", Times("+-+-+\n| | |\n+-+-+\n\n", 20_000) },
        { "wiki-links.md", Times("[[a|", 100_000) },
        { "remarks.md", Times("%%a", 100_000) },
        { "tags.mdx", Times("<A\n", 100_000) },
        { "tag-line.mdx", Times("<A a={", 100_000) },
        { "bands.csv", Times("a;b\n1;2\n\n", 50_000) },
        { "sections.dbk", "<book>" + Times("<section><title>x</title><para>y</para>", 20_000) + Times("</section>", 20_000) + "</book>" },
        { "lists.dita", "<topic><body>" + Times("<ol><li>x", 20_000) + Times("</li></ol>", 20_000) + "</body></topic>" },
        { "tables.dita", "<topic><body>" + Times("<simpletable><strow><stentry>", 5000) + "x" + Times("</stentry></strow></simpletable>", 5000) + "</body></topic>" },
        { "literals.rst", Times("a::\n", 100_000) },
        { "quoted.vcf", Times("N;QUOTED-PRINTABLE:=\n", 100_000) },
        { "folded.ics", "A:b\n" + Times(" c\n", 300_000) },
        { "controls.html", Times("<button aria-controls=a aria-expanded=false>b</button>", 20_000) + Times("<div id=a hidden>x</div>", 20_000) },
        { "cues.ass", Times("Dialogue: 0,0:00:01.00,0:00:04.00,Default,,0,0,0,,x\n", 50_000) },
        { "indices.xls", "<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet' xmlns:s='urn:schemas-microsoft-com:office:spreadsheet'><Worksheet><Table>" + Times("<Row><Cell s:Index='2000000000' s:MergeAcross='9'><Data>x</Data></Cell></Row>", 200) + "</Table></Worksheet></Workbook>" },
        { "line.txt", new string('a', 2_000_000) },
        { "dots.txt", Times("......", 300_000) + "a" },
        { "quotes.csv", Times("\"", 500_000) },
        { "columns.csv", new string(',', 100_000) + "\n" + Times("x\n", 2000) },
        { "deep.json", Times("{\"a\":", 100_000) },
        { "labels.json", "{\"" + new string('k', 100_000) + "\":[" + Times("1,", 2000) + "1]}" },
        { "headers.eml", Times("Subject: x\r\n", 50_000) + "\r\nx" },
        { "folds.eml", "Subject: x\r\n" + Times(" y\r\n", 300_000) + "\r\nx" },
        { "parts.eml", "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n" + Times("--b\nContent-Disposition: attachment; filename=a.txt\n\nx\n", 3000) },
        { "groups.rtf", @"{\rtf1" + Times("{", 9000) + "x" },
        { "deep.rtf", @"{\rtf1" + Times("{", 500_000) + "x" },
        { "words.rtf", @"{\rtf1" + Times(@"\par", 200_000) },
        { "cells.rtf", @"{\rtf1" + Times(@"x\cell\row", 100_000) },
        { "notes.rtf", @"{\rtf1" + Times(@"{\footnote x", 5000) },
        { "fonts.rtf", @"{\rtf1{\fonttbl" + string.Concat(Enumerable.Range(0, 100_000).Select(i => $@"\f{i}")) + "}x}" },
        { "cues.srt", Times("00:00:01,000 --> 00:00:02,000\nx\n", 30_000) },
        { "marks.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n" + Times("<", 500_000) },
        { "rolls.vtt", "WEBVTT\n" + Times("\n00:01.000 --> 00:02.000\n" + Times("x\n", 200), 300) },
        { "cells.ipynb", "{\"cells\":[" + Times("{},", 100_000) + "{}]}" },
        { "outputs.ipynb", "{\"cells\":[{\"cell_type\":\"code\",\"outputs\":[" + Times("{\"output_type\":\"stream\",\"text\":[\"\\r\"]},", 20_000) + "{}]}]}" },
        { "headers.mht", Times("Subject: x\r\n", 50_000) + "\r\nx" },
        { "lists.fodt", "<d xmlns:t='t'><body>" + Times("<t:list t:style-name='x'><t:list-item>", 20_000) },
        { "spans.fodt", "<d xmlns:t='t'><body><t:p>" + Times("<t:span>x", 50_000) },
        { "columns.fods", "<d xmlns:t='t'><body><spreadsheet><t:table>" + Times("<t:table-column t:number-columns-repeated='99' t:visibility='collapse'/>", 10_000) + "</t:table></spreadsheet></body></d>" },
        { "dollars.md", Times("$a ", 100_000) },
        { "displayed.md", Times("$$a", 100_000) },
        { "shadows.html", Times("<template shadowrootmode=open>", 400) + Times("</template>", 100_000) },
        { "drawings.html", Times("<svg><text>x</text>", 200) + Times("</svg><svg>", 20_000) },
        { "quotes.jsonl", Times("\"NaN", 200_000) },
        { "lines.jsonl", Times("{\n", 200_000) },
        { "open.csv", "a,b\n" + Times("\"\"\"x,\n", 100_000) },
        { "titles.csv", Times("#\n", 100_000) + Times("a,b\n", 100) },
        { "pages.txt", Times("x\f", 500_000) },
        { "arrays.pdf", "%PDF-1.4\n1 0 obj\n" + new string('[', 500_000) + "\nendobj\nxref\n0 0\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF" },
        { "dictionaries.pdf", "%PDF-1.4\n1 0 obj\n" + Times("<</A", 200_000) + "\nendobj\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF" },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public void Bomb_OfAnyFormat_StaysWithinItsBounds(string path, string content)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        var (failure, allocated) = Read(path, bytes, new ReadingLimits());
        Assert.True(failure is null or DocumentRejectedException, failure?.GetType().Name);
        Assert.InRange(allocated, 0, Allowance + (PerByte * bytes.Length));
    }

    /// <summary>All text in one node: a few kilobytes of a package.</summary>
    [Theory]
    [InlineData("a.docx")]
    [InlineData("a.pptx")]
    [InlineData("a.xlsx")]
    [InlineData("shared.xlsx")]
    public void Office_WhoseTextIsOneNode_IsRefusedBeforeItIsWhole(string path)
    {
        var text = Times("a ", 10_000_000);
        var bytes = path switch
        {
            "a.docx" => OfficeFiles.Word(OfficeFiles.Paragraph(text)),
            "a.pptx" => OfficeFiles.Slides((OfficeFiles.Shape(text), false, null)),
            "a.xlsx" => OfficeFiles.Workbook([], ("a", $"<row r=\"1\"><c r=\"A1\" t=\"str\"><v>{text}</v></c></row>", false)),
            _ => OfficeFiles.Workbook([text], ("a", "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>", false)),
        };
        var (failure, allocated) = Read(path, bytes, new ReadingLimits { MaxTextCharacters = 1_000_000 });
        Assert.Contains("Ingestion:MaxTextCharacters", Assert.IsType<DocumentRejectedException>(failure).Message, StringComparison.Ordinal);
        Assert.InRange(allocated, 0, 32L * 1024 * 1024);
    }

    [Fact]
    public void Pdf_ThatSavesItsStateWithoutEnd_IsRefused()
    {
        var (failure, allocated) = Read("a.pdf", PdfFiles.Form(Times("q ", 1_000_000), 1), new ReadingLimits());
        Assert.Contains("graphics states", Assert.IsType<DocumentRejectedException>(failure).Message, StringComparison.Ordinal);
        Assert.InRange(allocated, 0, Allowance);
    }

    /// <summary>A table of references that says of itself what nothing holds: its parser takes a row of it from the stack and a number for each object before it looks.</summary>
    [Theory]
    [InlineData("/W[1 2 166666666666666666666666666]/Size 6")]
    [InlineData("/W[1 2 -70000]/Size 6")]
    [InlineData("/W[0 0 0]/Size 6")]
    [InlineData("/W[1 2 1]/Size 2000000000")]
    [InlineData("/W[1 2 1]/Size 6/Index[0 2000000000]")]
    [InlineData("/W[1 2 1]/Size 6/Index[0 8000000 0 8000000]")]
    public void Pdf_WhoseReferencesSayTooMuch_IsReadWithoutThem(string says)
    {
        const string page = "BT /F 10 Tf 50 700 Td (Ferns like shade) Tj ET";
        var text = "%PDF-1.5\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n"
            + "3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 5 0 R/Resources<</Font<</F 4 0 R>>>>>>\nendobj\n4 0 obj\n<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>\nendobj\n"
            + $"5 0 obj\n<</Length {page.Length}>>\nstream\n{page}\nendstream\nendobj\n";
        var file = text + $"6 0 obj\n<</Type/XRef/Root 1 0 R{says}/Length 24>>\nstream\n{new string('\0', 24)}\nendstream\nendobj\nstartxref\n{text.Length}\n%%EOF";
        var (failure, allocated) = Read("a.pdf", Encoding.Latin1.GetBytes(file), new ReadingLimits());
        Assert.True(failure is null or DocumentRejectedException);
        Assert.InRange(allocated, 0, Allowance);
    }

    /// <summary>Objects that lead to themselves: a parser that follows them has no end but that of its stack, which takes the process along.</summary>
    [Theory]
    [InlineData("3 0 R", "null", "null")]
    [InlineData("4 0 R", "5 0 R", "3 0 R")]
    [InlineData("4 0 R % to the next\n", " 5\t0\nR", "4 0 R")]
    [InlineData("<</Type/Page/Parent 2 0 R/Contents 4 0 R>>", "<</Length 4 0 R>>\nstream\nBT ET\nendstream", "null")]
    [InlineData("<</Type/Page/Parent 2 0 R/Contents 4 0 R>>", "[4 0 R]", "null")]
    [InlineData("<</Type/Page/Parent 3 0 R/Contents 4 0 R>>", "null", "null")]
    [InlineData("<</Type/Page/Parent 2 0 R/Resources 4 0 R>>", "<</Font 4 0 R/XObject 4 0 R/ColorSpace 4 0 R/F 4 0 R>>", "null")]
    [InlineData("<</Type/Page/Parent 2 0 R/Contents 5 0 R/Resources<</XObject<</X 4 0 R>>>>>>", "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 4 0 R>>>>/Length 5>>\nstream\n/X Do\nendstream", "<</Length 5>>\nstream\n/X Do\nendstream")]
    public void Pdf_WhoseObjectsLeadToThemselves_EndsWithAReason(string third, string fourth, string fifth)
    {
        var text = new StringBuilder("%PDF-1.4\n");
        var offsets = new List<int>();
        foreach (var (body, i) in ((string[])["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", third, fourth, fifth]).Select((body, i) => (body, i)))
        {
            offsets.Add(text.Length);
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{i + 1} 0 obj\n{body}\nendobj\n");
        }

        var table = text.Length;
        text.Append("xref\n0 6\n0000000000 65535 f \n");
        foreach (var offset in offsets) text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{offset:d10} 00000 n \n");
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"trailer<</Size 6/Root 1 0 R>>\nstartxref\n{table}\n%%EOF");
        var (failure, _) = Read("a.pdf", Encoding.Latin1.GetBytes(text.ToString()), new ReadingLimits());
        Assert.IsType<DocumentRejectedException>(failure);
    }

    [Theory]
    [InlineData("3 0 4 6 ", "4 0 R 3 0 R", true)]
    [InlineData("3 0 ", "3 0 R", true)]
    [InlineData("3 0 4 6 ", "4 0 R null ", false)]
    [InlineData("3 99999999999 4 0 ", "<<>>", false)]
    [InlineData("x", "3 0 R", false)]
    public void PdfAliases_InAnObjectStream_AreFound(string header, string objects, bool isRing)
    {
        var failure = Record.Exception(() => new PdfAliases().AddObjectStream(Encoding.Latin1.GetBytes(header + objects), header.Length));
        Assert.Equal(isRing, failure is DocumentRejectedException);
        if (!isRing) Assert.Null(failure);
    }

    [Fact]
    public async Task Reading_PastItsDeadline_EndsWithTheReasonAndFreesItsPlace()
    {
        var time = new Contracts.Tests.ManualTime();
        var stuck = new StuckReader();
        using var reading = new BoundedReading(new DocumentReaders([stuck, new PlainTextReader()]), new ReadingLimits(), parallelism: 1, time);
        var first = reading.ReadAsync(new DocumentFile("a.stuck", null, "x"u8.ToArray()), CancellationToken.None);
        await stuck.Started;
        var second = reading.ReadAsync(new DocumentFile("b.txt", null, "x"u8.ToArray()), CancellationToken.None);
        Assert.False(second.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(61));
        var rejected = await Assert.ThrowsAsync<DocumentRejectedException>(() => first);
        Assert.Equal("Reading the file took longer than 60 seconds (Ingestion:ReadTimeoutSeconds).", rejected.Message);
        Assert.Equal("x", (await second).Text);
        stuck.Release();
    }

    [Fact]
    public async Task Reading_AbandonedByItsCaller_IsNoRejection()
    {
        using var stop = new CancellationTokenSource();
        var stuck = new StuckReader();
        using var reading = new BoundedReading(new DocumentReaders([stuck]), new ReadingLimits(), parallelism: 2, TimeProvider.System);
        var task = reading.ReadAsync(new DocumentFile("a.stuck", null, "x"u8.ToArray()), stop.Token);
        await stuck.Started;
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        stuck.Release();
    }

    private static string Times(string text, int times) => new StringBuilder().Insert(0, text, times).ToString();

    // A parser that looks at no token.
    /// <summary>Reads as the app does, on a thread with a deep stack; what that allocated, in bytes.</summary>
    private static (Exception? Failure, long Allocated) Read(string path, byte[] bytes, ReadingLimits limits)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(limits.ReadTimeoutSeconds));
        Exception? failure = null;
        long allocated = 0;
        var thread = new Thread(
            () =>
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                failure = Record.Exception(() => All.Read(new DocumentFile(path, null, bytes), limits, deadline.Token));
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            },
            64 * 1024 * 1024);
        thread.Start();
        thread.Join();
        return (failure, allocated);
    }

    private sealed class StuckReader : IDocumentReader
    {
        private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _released = new();

        public Task Started => _started.Task;

        public IReadOnlyList<string> Extensions { get; } = [".stuck"];

        public IReadOnlyList<string> MediaTypes { get; } = [];

        public void Release() => _released.Set();

        public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
        {
            _started.SetResult();
            _released.Wait(CancellationToken.None);
            return new ExtractedDocument("late", []);
        }
    }
}
