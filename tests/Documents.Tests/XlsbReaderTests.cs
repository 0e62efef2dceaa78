using static Serverless.Documents.Tests.TestReaders;
using static Serverless.Documents.Tests.XlsbFiles;

namespace Serverless.Documents.Tests;

public sealed class XlsbReaderTests
{
    private static readonly string[] Strings = ["Plant", "Bought", "Price", "Fern | shade", "secret"];

    [Fact]
    public void Sheets_AreSectionsOfTables_AsOfOtherWorkbooks()
    {
        var document = Read("a.xlsb", Write(
            Strings, ["dd.mm.yyyy", "[$€-407] #,##0.00", "00000"],
            Of("Stock", Row(0), Text(0, 0), Text(1, 1), Text(2, 2), Inline(3, "Part"), Row(1), Text(0, 3), Number(1, 45_600, 1), Packed(2, 1250, isHundredth: true, 2), Packed(3, 42, style: 3), Row(2), Truth(0, true), Error(2, 7), Packed(3, -7)),
            Of("Empty", Row(0))));
        Assert.Equal("Stock\n\n| Plant | Bought | Price | Part |\n| --- | --- | --- | --- |\n| Fern \\| shade | 2024-11-04 | €12.5 | 00042 |\n| true |  | #DIV/0! | -7 |", document.Text);
        Assert.Equal("Stock", Assert.Single(document.Sections).Heading);
    }

    [Fact]
    public void WhatIsHidden_Goes_AndMergedCellsSpeakForTheirRows()
    {
        var document = Read("a.xlsb", Write(
            Strings, [],
            Of("Visible", HiddenColumn(1), Row(0), Text(0, 0), Text(1, 4), Text(2, 2), Row(1), Text(0, 3), Packed(2, 1), Row(2, isHidden: true), Text(0, 4), Row(3), Packed(2, 3), Merged(1, 3, 0, 0)),
            Of("Hidden", Row(0), Text(0, 4)) with { State = 1 }, Of("Very hidden", Row(0), Text(0, 4)) with { State = 2 }));
        Assert.Equal("Visible\n\n| Plant | Price |\n| --- | --- |\n| Fern \\| shade | 1 |\n| Fern \\| shade | 3 |", document.Text);
    }

    [Theory]
    [InlineData("a.xls", null)]
    [InlineData("a.xlsx", null)]
    [InlineData("a.doc", null)]
    [InlineData("report", null)]
    [InlineData("report.x", "application/vnd.ms-excel.sheet.binary.macroEnabled.12")]
    public void Workbooks_AreKnownByTheirParts_WhateverTheirName(string path, string? type) => Assert.Equal("A\n\n| Plant | 3 |", Read(path, Write(Strings, [], Of("A", Row(0), Text(0, 0), Packed(1, 3))), type).Text);

    /// <summary>What no calendar has is shown as the number that it is.</summary>
    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(-1.5, "-1.5")]
    [InlineData(4e6, "4000000")]
    public void Dates_ThatAreNone_AreNumbers(double value, string text) =>
        Assert.Equal($"A\n\n| Plant | {text} |", Read("a.xlsb", Write(Strings, ["dd.mm.yyyy"], Of("A", Row(0), Text(0, 0), Number(1, value, 1)))).Text);

    [Fact]
    public void ElapsedTimes_ThatAreNone_AreNumbers() =>
        Assert.Equal("A\n\n| Plant | NaN |", Read("a.xlsb", Write(Strings, ["[h]:mm"], Of("A", Row(0), Text(0, 0), Number(1, double.NaN, 1)))).Text);

    [Fact]
    public void Encrypted_SaysWhatHelps() =>
        Assert.Equal("The workbook is encrypted: save it without a password.", Rejection("a.xlsb", CompoundFiles.Write(new CompoundFiles.Item("EncryptedPackage", [1, 2, 3]))));

    [Fact]
    public void Broken_EndsWithAReason()
    {
        var file = Write(Strings, ["dd.mm.yyyy"], Of("Stock", HiddenColumn(1), Row(0), Text(0, 0), Inline(3, "Part"), Row(1), Number(1, 45_600, 1), Packed(2, 1250), Truth(3, true), Error(4, 7), Merged(1, 3, 0, 0)));
        Assert.Equal("The workbook is broken and cannot be read.", Rejection("a.xlsb", file[..300]));
        var read = 0;
        foreach (var broken in Mutations.Of(file, 2000, seed: 97))
        {
            try
            {
                Assert.NotEmpty(Read("a.xlsb", broken).Text);
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
