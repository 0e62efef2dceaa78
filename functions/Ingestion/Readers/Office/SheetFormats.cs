using System.Globalization;
using System.Xml;
using DocumentFormat.OpenXml.Packaging;

namespace Serverless.Functions.Ingestion.Readers.Office;

/// <summary>The number formats of a workbook's cells, by their styles (ISO/IEC 29500-1, section 18.8).</summary>
internal sealed class SheetFormats
{
    private readonly List<int> _cellFormats = [];
    private readonly Dictionary<int, string> _codes = [];
    private readonly CellNumbers _numbers;

    private SheetFormats(bool is1904) => _numbers = new CellNumbers(is1904);

    public static SheetFormats Read(WorkbookPart book, ReadingScope scope)
    {
        var formats = new SheetFormats(book.Workbook?.WorkbookProperties?.Date1904?.Value ?? false);
        if (book.WorkbookStylesPart is not { } part) return formats;
        using var xml = OfficePackage.Xml(part, scope);
        var inCells = false;
        while (xml.Read())
        {
            if (xml.LocalName == "cellXfs") inCells = xml.NodeType == XmlNodeType.Element;
            if (xml.NodeType != XmlNodeType.Element || !int.TryParse(xml.GetAttribute("numFmtId"), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) continue;
            if (xml.LocalName == "numFmt") formats._codes[id] = xml.GetAttribute("formatCode") ?? string.Empty;
            else if (inCells && xml.LocalName == "xf") formats._cellFormats.Add(id);
        }

        return formats;
    }

    /// <summary>A cell's number in ISO 8601 where it is a time, in per cent where it is shown so.</summary>
    public string Number(string value, string style)
    {
        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return value.Trim();
        var format = int.TryParse(style, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at < _cellFormats.Count ? _cellFormats[at] : 0;
        return _numbers.Show(number, format, _codes.GetValueOrDefault(format, string.Empty));
    }
}
