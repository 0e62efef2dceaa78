using System.Globalization;
using System.Xml;
using DocumentFormat.OpenXml.Packaging;

namespace Serverless.Documents.Office;

/// <summary>What the styles of a workbook's cells say of their numbers, and whether they are struck through (ISO/IEC 29500-1, section 18.8).</summary>
internal sealed class SheetFormats
{
    private readonly List<(int Format, int Font)> _cells = [];
    private readonly List<bool> _struckFonts = [];
    private readonly Dictionary<int, string> _codes = [];
    private readonly CellNumbers _numbers;

    private SheetFormats(bool is1904) => _numbers = new CellNumbers(is1904);

    public static SheetFormats Read(WorkbookPart book, ReadingScope scope)
    {
        var formats = new SheetFormats(book.Workbook?.WorkbookProperties?.Date1904?.Value ?? false);
        if (book.WorkbookStylesPart is not { } part) return formats;
        using var xml = OfficePackage.Xml(part, scope);
        var (inCells, inFonts) = (false, false);
        while (xml.Read())
        {
            if (xml.LocalName == "cellXfs") inCells = xml.NodeType == XmlNodeType.Element;
            if (xml.LocalName == "fonts") inFonts = xml.NodeType == XmlNodeType.Element;
            if (xml.NodeType != XmlNodeType.Element) continue;
            if (xml.LocalName == "numFmt" && Number(xml, "numFmtId") is { } id) formats._codes[id] = xml.GetAttribute("formatCode") ?? string.Empty;
            else if (inCells && xml.LocalName == "xf") formats._cells.Add((Number(xml, "numFmtId") ?? 0, Number(xml, "fontId") ?? 0));
            else if (inFonts && xml.LocalName == "font") formats._struckFonts.Add(false);
            else if (inFonts && xml.LocalName == "strike" && formats._struckFonts.Count > 0) formats._struckFonts[^1] = SheetRuns.IsOn(xml);
        }

        return formats;
    }

    /// <summary>Whether a line goes through what a cell shows.</summary>
    public bool IsStruck(string style) => Cell(style).Font is var font && font < _struckFonts.Count && _struckFonts[font];

    /// <summary>A cell's number in ISO 8601 where it is a time, in per cent where it is shown so.</summary>
    public string Number(string value, string style)
    {
        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return value.Trim();
        var format = Cell(style).Format;
        return _numbers.Show(number, format, _codes.GetValueOrDefault(format, string.Empty));
    }

    private (int Format, int Font) Cell(string style) => int.TryParse(style, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at < _cells.Count ? _cells[at] : default;

    private static int? Number(XmlReader xml, string name) => int.TryParse(xml.GetAttribute(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
