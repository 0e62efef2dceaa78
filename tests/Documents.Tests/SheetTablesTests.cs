using static Serverless.Documents.Tests.OfficeFiles;
using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

/// <summary>Several tables on one sheet, and single ones that have blank rows and columns.</summary>
public sealed class SheetTablesTests
{
    private const string Care = "| Plant | Water |\n| --- | --- |\n| Fern | weekly |\n| Rose | daily |";
    private const string Tools = "| Tool | Price |\n| --- | --- |\n| Spade | 5 |\n| Fork | 7 |";

    public static TheoryData<string, string> Sheets => new()
    {
        { "Plant;Water/Fern;weekly/Rose;daily//Tool;Price/Spade;5/Fork;7", $"{Care}\n\n{Tools}" },
        { "Plant;Water;;Tool;Price/Fern;weekly;;Spade;5/Rose;daily;;Fork;7", $"{Care}\n\n{Tools}" },
        { "Plant;Water;;;/Fern;weekly;;Tool;Price/Rose;daily;;Spade;5/;;;Fork;7", $"{Care}\n\n{Tools}" },
        { "Care//Plant;Water/Fern;weekly/Rose;daily//Tools/Tool;Price/Spade;5/Fork;7//All in EUR", $"Care\n\n{Care}\n\nTools\n\n{Tools}\n\nAll in EUR" },
        { "Plant;Water/Fern;weekly/Rose;daily///Name;Town/Ann;Ulm", $"{Care}\n\n| Name | Town |\n| --- | --- |\n| Ann | Ulm |" },
        { "Plant;Water/Fern;weekly/Rose;daily//Name;Town;Street/Ann;Ulm;High", $"{Care}\n\n| Name | Town | Street |\n| --- | --- | --- |\n| Ann | Ulm | High |" },
        // One table: groups of rows, a total, a gap beside figures.
        { "Tool;Price//Spade;5//Fork;7", Tools },
        { "Plant;Water//Fern;weekly//Rose;daily", Care },
        { "Tool;Price//Garden//Spade;5/Fork;7//Total;12", "| Tool | Price |\n| --- | --- |\n| Garden |  |\n| Spade | 5 |\n| Fork | 7 |\n| Total | 12 |" },
        { "Tool;;2023;2024/Spade;;5;6/Fork;;7;8", "| Tool | 2023 | 2024 |\n| --- | --- | --- |\n| Spade | 5 | 6 |\n| Fork | 7 | 8 |" },
        { "Tool;Kind;;Price/Spade;big;;5/Fork;small;;7", "| Tool | Kind | Price |\n| --- | --- | --- |\n| Spade | big | 5 |\n| Fork | small | 7 |" },
    };

    [Theory]
    [MemberData(nameof(Sheets))]
    public void Workbook_TablesWithHeadsOfTheirOwn_AreParted(string sheet, string text) => Assert.Equal($"S\n\n{text}", Read("a.xlsx", Workbook([], ("S", Rows(sheet), false))).Text);

    [Theory]
    [MemberData(nameof(Sheets))]
    public void Csv_TablesWithHeadsOfTheirOwn_AreParted(string sheet, string text)
    {
        // As Excel writes it: as many separators in each line.
        var columns = sheet.Split('/').Max(row => row.Count(c => c == ';'));
        Assert.Equal(text, Read("a.csv", string.Join('\n', sheet.Split('/').Select(row => row + new string(';', columns - row.Count(c => c == ';'))))).Text);
    }

    /// <summary>As other programs write it.</summary>
    [Fact]
    public void Csv_LinesOfOtherLengths_ArePartedToo() => Assert.Equal(
        $"Care\n\n{Care}\n\nTools\n\n{Tools}", Read("a.csv", "Care\n\nPlant;Water\nFern;weekly\nRose;daily\n\nTools\n\nTool;Price\nSpade;5\nFork;7\n").Text);

    [Theory]
    [MemberData(nameof(Sheets))]
    public void OpenDocument_TablesWithHeadsOfTheirOwn_AreParted(string sheet, string text) => Assert.Equal(
        $"S\n\n{text}",
        Read("a.fods", "<office:document xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' xmlns:table='urn:oasis:names:tc:opendocument:xmlns:table:1.0' xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0' office:mimetype='application/vnd.oasis.opendocument.spreadsheet'><office:body><office:spreadsheet><table:table table:name='S'>"
            + string.Concat(sheet.Split('/').Select(row => "<table:table-row>" + string.Concat(row.Split(';').Select(cell => $"<table:table-cell>{(cell.Length > 0 ? $"<text:p>{cell}</text:p>" : "")}</table:table-cell>")) + "</table:table-row>"))
            + "</table:table></office:spreadsheet></office:body></office:document>").Text);

    [Theory]
    [MemberData(nameof(Sheets))]
    public void WorkbookInXml_TablesWithHeadsOfTheirOwn_AreParted(string sheet, string text) => Assert.Equal(
        $"S\n\n{text}",
        Read("a.xls", "<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet' xmlns:ss='urn:schemas-microsoft-com:office:spreadsheet'><Worksheet ss:Name='S'><Table>"
            + string.Concat(sheet.Split('/').Select(row => "<Row>" + string.Concat(row.Split(';').Select(cell => cell.Length > 0 ? $"<Cell><Data>{cell}</Data></Cell>" : "<Cell/>")) + "</Row>")) + "</Table></Worksheet></Workbook>").Text);

    /// <summary>What is hidden, or what cells span, is not blank.</summary>
    [Fact]
    public void Workbook_HiddenRowsAndSpannedColumns_PartNothing()
    {
        const string row = "<row r=\"{0}\" {1}><c r=\"A{0}\" t=\"inlineStr\"><is><t>{2}</t></is></c><c r=\"B{0}\" t=\"inlineStr\"><is><t>{3}</t></is></c><c r=\"D{0}\" t=\"inlineStr\"><is><t>{4}</t></is></c><c r=\"E{0}\"><v>{5}</v></c></row>";
        var rows = Row(1, "Plant", "Water", "Tool", "1", head: true) + Row(2, "Fern", "weekly", "Spade", "5") + Row(3, "gone", "gone", "gone", "9", "hidden=\"1\"") + Row(4, "Rose", "daily", "Fork", "7")
            + "<!--<mergeCells><mergeCell ref=\"B1:C1\"/><mergeCell ref=\"B2:C2\"/><mergeCell ref=\"B4:C4\"/></mergeCells>";
        Assert.Equal("S\n\n| Plant | Water | Tool | Price |\n| --- | --- | --- | --- |\n| Fern | weekly | Spade | 5 |\n| Rose | daily | Fork | 7 |", Read("a.xlsx", Workbook(["Price"], ("S", rows, false))).Text);

        static string Row(int number, string a, string b, string d, string e, string attribute = "", bool head = false) =>
            string.Format(System.Globalization.CultureInfo.InvariantCulture, head ? row.Replace("<c r=\"E{0}\"><v>{5}</v></c>", "<c r=\"E{0}\" t=\"s\"><v>0</v></c>", StringComparison.Ordinal) : row, number, attribute, a, b, d, e);
    }

    private static string Rows(string sheet) => string.Concat(sheet.Split('/').Select((row, i) => $"<row r=\"{i + 1}\">" + string.Concat(row.Split(';').Select((cell, j) =>
        cell.Length == 0 ? "" : char.IsAsciiDigit(cell[0]) ? $"<c r=\"{(char)('A' + j)}{i + 1}\"><v>{cell}</v></c>" : $"<c r=\"{(char)('A' + j)}{i + 1}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>")) + "</row>"));
}
