using System.Text;
using static Serverless.Functions.Tests.Ingestion.Readers.PdfFiles;
using static Serverless.Functions.Tests.Ingestion.Readers.TestReaders;

namespace Serverless.Functions.Tests.Ingestion.Readers;

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
            catch (Serverless.Functions.Ingestion.Readers.DocumentRejectedException rejected)
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
}
