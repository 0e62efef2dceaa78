using System.Globalization;
using System.Text;
using System.Xml;
using DocumentFormat.OpenXml.Packaging;
using Serverless.Documents.Signs;
using Serverless.Documents.Xml;

namespace Serverless.Documents.Office;

/// <summary>The text of one slide or its notes, or of what is drawn over a sheet.</summary>
internal sealed class SlideText(bool hasCharts)
{
    private readonly List<object> _parts = [];

    public string? Title { get; private set; }

    public bool IsHidden { get; private set; }

    public bool IsEmpty => _parts.Count == 0 && Title is null;

    /// <param name="hasCharts">Whether its charts are read: a workbook's show what its cells hold.</param>
    public static SlideText Read(OpenXmlPart part, ReadingScope scope, bool hasCharts = true)
    {
        var slide = new SlideText(hasCharts);
        using var xml = OfficePackage.Xml(part, scope);
        slide.Read(xml, part, scope);
        return slide;
    }

    public void AddTo(ExtractedTextBuilder builder)
    {
        foreach (var part in _parts)
        {
            if (part is OfficeTable table) builder.AddTable(table.Rows);
            else foreach (var line in (List<string>)part) builder.AddBlock(line, apart: false);
            builder.AddGap();
        }
    }

    private void Read(XmlReader xml, OpenXmlPart part, ReadingScope scope)
    {
        string? placeholder = null;
        var lines = new List<string>();
        var line = new StringBuilder();
        int? raisedFrom = null;
        int? struckFrom = null;
        var numbers = new SlideNumbers();
        var formula = new WordFormula();
        OfficeTable? table = null;
        var inText = false;
        long characters = 0;
        xml.Read();
        while (!xml.EOF)
        {
            scope.Check();
            if (xml.NodeType == XmlNodeType.Element)
            {
                inText = xml is { LocalName: "t", IsEmptyElement: false };
                if (WordFormula.Has(xml)) formula.Start(xml, line);
                switch (xml.LocalName)
                {
                    case "Fallback":
                        xml.Skip();
                        continue;
                    case "sld":
                        IsHidden = xml.GetAttribute("show") is "0" or "false";
                        break;
                    case "sp":
                        (placeholder, lines) = (null, []);
                        numbers.StartShape();
                        break;
                    case "p":
                        numbers.EndParagraph();
                        break;
                    case "pPr":
                        numbers.StartParagraph(xml.GetAttribute("lvl"));
                        break;
                    case "buAutoNum":
                        numbers.Numbered(xml.GetAttribute("type"), xml.GetAttribute("startAt"));
                        break;
                    // It stands in the properties of its shape.
                    case "cNvPr" when PictureText.IsHidden(xml):
                        SafeXml.SkipRest(xml, above: 2);
                        break;
                    case "cNvPr" when PictureText.Of(xml) is { } picture:
                        AddShape(null, [picture]);
                        break;
                    case "ph":
                        placeholder = xml.GetAttribute("type") ?? "body";
                        break;
                    case "r":
                        (raisedFrom, struckFrom) = (null, null);
                        break;
                    case "rPr":
                        if (xml.GetAttribute("baseline") is [>= '1' and <= '9', ..]) raisedFrom = line.Length;
                        if (xml.GetAttribute("strike") is "sngStrike" or "dblStrike") struckFrom = line.Length;
                        break;
                    case "br":
                        line.Append('\n');
                        break;
                    case "chart" when hasCharts && OfficePackage.Related(part, xml, "id") is ChartPart chart:
                        AddChart(OfficeChart.Read(chart, scope));
                        break;
                    case "relIds" when OfficePackage.Related(part, xml, "dm") is DiagramDataPart diagram:
                        AddShape(null, OfficeDiagram.Read(diagram, scope));
                        break;
                    case "tbl":
                        table = new OfficeTable();
                        break;
                    case "tr":
                        table?.StartRow();
                        break;
                    case "tc":
                        table?.StartCell();
                        table?.Span(int.TryParse(xml.GetAttribute("gridSpan"), NumberStyles.None, CultureInfo.InvariantCulture, out var span) ? span : 1);
                        if (xml.GetAttribute("vMerge") is "1" or "true") table?.ContinueAbove();
                        if (xml.GetAttribute("hMerge") is "1" or "true") table?.Cover();
                        break;
                }
            }
            else if (xml.NodeType == XmlNodeType.EndElement)
            {
                inText = false;
                if (WordFormula.Has(xml)) formula.End(xml.LocalName, line);
                switch (xml.LocalName)
                {
                    case "r":
                        if (raisedFrom is { } from) RaisedText.Raise(line, from);
                        if (struckFrom is { } struck) StruckText.Strike(line, struck);
                        (raisedFrom, struckFrom) = (null, null);
                        break;
                    case "p" when table is not null:
                        table.Append(OfficeEscapes.Unescape(line.ToString()));
                        line.Clear();
                        break;
                    case "p":
                        if (!string.IsNullOrWhiteSpace(line.ToString())) lines.Add(numbers.Next() + OfficeEscapes.Unescape(line.ToString()));
                        numbers.EndParagraph();
                        line.Clear();
                        break;
                    case "tc":
                        table?.EndCell();
                        break;
                    case "tbl" when table is not null:
                        if (table.Rows.Count > 0) _parts.Add(table);
                        table = null;
                        break;
                    case "sp":
                        AddShape(placeholder, lines);
                        lines = [];
                        break;
                }
            }
            else if (inText && xml.NodeType is XmlNodeType.Text or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace)
            {
                characters += OfficePackage.AppendText(xml, line, scope);
                scope.CheckText(characters);
            }

            xml.Read();
        }
    }

    private void AddChart(OfficeChart chart)
    {
        AddShape(null, chart.Title.Length > 0 ? [chart.Title] : []);
        if (chart.Table is { } table) _parts.Add(table);
    }

    private void AddShape(string? placeholder, List<string> lines)
    {
        if (lines.Count == 0 || placeholder is "sldNum" or "dt" or "ftr" or "hdr" or "sldImg") return;
        if (placeholder is "title" or "ctrTitle" && Title is null) Title = string.Join(' ', lines);
        else _parts.Add(lines);
    }
}
