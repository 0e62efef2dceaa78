using static Serverless.Documents.Tests.BookFiles;
using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

public sealed class BinarySheetReaderTests
{
    private static readonly string[] Strings = ["Plant", "Bought", "Price", "Part", "Grows", "Fern | shade", "Roses", "secret"];

    private static readonly string[] Formats = ["dd.mm.yyyy", "[$€-407] #,##0.00", "00000", "0.0%", "[h]:mm", "dd/mm/yy hh:mm"];

    [Fact]
    public void Sheets_AreSectionsOfTables_AsOfNewerWorkbooks()
    {
        var document = Read("a.xls", Write(
            Strings, Formats,
            Of("Stock", Text(0, 0, 0), Text(0, 1, 1), Text(0, 2, 2), Text(0, 3, 3), Text(0, 4, 4), Text(1, 0, 5), Number(1, 1, 45_600, 1), Number(1, 2, 12.5, 2), Number(1, 3, 42, 3), Truth(1, 4, true),
                Text(2, 0, 6), Number(2, 1, 45_601.5, 6), Number(2, 2, -3, 2), Number(2, 3, 7, 3), Truth(2, 4, false)),
            Of("Rates", Number(0, 0, 0.125, 4), Number(0, 1, 1.25, 5), Number(0, 2, 1, 1), Number(0, 3, 0.75, 6))));
        Assert.Equal(
            """
            Stock

            | Plant | Bought | Price | Part | Grows |
            | --- | --- | --- | --- | --- |
            | Fern \| shade | 2024-11-04 | €12.5 | 00042 | true |
            | Roses | 2024-11-05 12:00 | €-3 | 00007 | false |

            Rates

            | 12.5% | 30:00 | 1899-12-31 | 18:00 |
            """.ReplaceLineEndings("\n"), document.Text);
        Assert.Equal(["Stock", "Rates"], document.Sections.Select(section => section.Heading));
    }

    [Fact]
    public void WhatIsHidden_Goes_AndMergedCellsSpeakForTheirRows()
    {
        var document = Read("a.xls", Write(
            Strings, Formats,
            Of("Visible", HiddenColumn(1), HiddenRow(2), Text(0, 0, 0), Text(0, 1, 7), Text(0, 2, 2), Text(1, 0, 5), Text(1, 1, 7), Number(1, 2, 1), Text(2, 0, 7), Number(3, 2, 3), Text(4, 0, 6), Number(4, 2, 4), Merged(1, 3, 0, 0)),
            Of("Hidden", Text(0, 0, 7)) with { State = 1 }, Of("Very hidden", Text(0, 0, 7)) with { State = 2 }));
        Assert.Equal("Visible\n\n| Plant | Price |\n| --- | --- |\n| Fern \\| shade | 1 |\n| Fern \\| shade | 3 |\n| Roses | 4 |", document.Text);
    }

    /// <summary>Each in the row and the sheet where it stands; a sheet may hold nothing else.</summary>
    [Fact]
    public void ErrorsAndBoxes_AreRead_AsOfNewerWorkbooks()
    {
        var document = Read("a.xls", Write(
            Strings, [],
            Of("Sums", Text(0, 0, 0), Text(0, 1, 2), Text(1, 0, 5), FailedFormula(1, 1, 0x07), Text(2, 0, 6), Error(2, 1, 0x2A), Box(25, "a note", "!"), Box(6, "Prices of ", "May, in €\r\nas paid")),
            Of("Hidden", Error(0, 0, 0x17), Box(6, "sec", "ret")) with { State = 1 },
            Of("Drawn", Box(6, "Gr", "üße")),
            Of("Last", Error(3, 2, 0x24), Number(3, 3, 1))));
        Assert.Equal(
            "Sums\n\n| Plant | Price |\n| --- | --- |\n| Fern \\| shade | #DIV/0! |\n| Roses | #N/A |\n\nPrices of May, in €\nas paid\n\nDrawn\n\nGrüße\n\nLast\n\n| #NUM! | 1 |", document.Text);
    }

    [Theory]
    [InlineData("a.xls", null)]
    [InlineData("a.xlt", null)]
    [InlineData("a.doc", null)]
    [InlineData("a.xlsx", null)]
    [InlineData("a.txt", null)]
    [InlineData("a.pot", null)]
    [InlineData("report", null)]
    [InlineData("release-notes-1.2", "application/octet-stream")]
    [InlineData("export.aspx", "application/vnd.ms-excel")]
    public void Workbooks_AreKnownByTheirStreams_WhateverTheirName(string path, string? type) =>
        Assert.Equal("A\n\n| Plant | 3 |", Read(path, Write(Strings, [], Of("A", Text(0, 0, 0), Number(0, 1, 3))), type).Text);

    [Fact]
    public void Encrypted_SaysWhatHelps()
    {
        const string Reason = "The workbook is encrypted: save it without a password.";
        Assert.Equal(Reason, Rejection("a.xls", CompoundFiles.Write(new CompoundFiles.Item("EncryptedPackage", [1, 2, 3]))));
        // A hash that no password is known for: [MS-XLS], section 2.4.117, exclusive or.
        var stream = Stream(Strings, [], Of("A", Text(0, 0, 0)));
        byte[] locked = [.. stream[..20], 0x2F, 0, 6, 0, 0, 0, 0x12, 0x34, 0x56, 0x78, .. stream[20..]];
        Assert.Equal(Reason, Rejection("a.xls", CompoundFiles.Write(new CompoundFiles.Item("Workbook", locked))));
    }

    [Fact]
    public void Broken_EndsWithAReason()
    {
        var file = Write(Strings, Formats, Of("Stock", HiddenColumn(1), HiddenRow(2), Text(0, 0, 0), Text(0, 2, 1), Number(1, 0, 45_600, 1), Number(1, 2, 12.5, 2), Truth(1, 4, true), FailedFormula(2, 1, 7), Box(6, "Oa", "k"), Merged(1, 3, 0, 0)), Of("More", Text(0, 0, 5)));
        Assert.Equal("The workbook is broken and cannot be read.", Rejection("a.xls", file[..700]));
        var read = 0;
        foreach (var broken in Mutations.Of(file, 2000, seed: 97))
        {
            try
            {
                Assert.NotEmpty(Read("a.xls", broken).Text);
                read++;
            }
            catch (DocumentRejectedException rejected)
            {
                Assert.DoesNotContain("Exception", rejected.Message, StringComparison.Ordinal);
            }
        }

        Assert.InRange(read, 1, 1999);
    }
}
