using System.Text;
using System.Xml;
using DocumentFormat.OpenXml.Packaging;

namespace Serverless.Documents.Office;

/// <summary>The texts of a SmartArt diagram (ISO/IEC 29500-1, section 21.4), a line each: its shapes are drawn from them.</summary>
internal static class OfficeDiagram
{
    public static List<string> Read(DiagramDataPart part, ReadingScope scope)
    {
        var lines = new List<string>();
        var line = new StringBuilder();
        long characters = 0;
        using var xml = OfficePackage.Xml(part, scope);
        var inText = false;
        while (xml.Read())
        {
            scope.Check();
            if (xml.NodeType == XmlNodeType.Element)
            {
                inText = xml is { LocalName: "t", IsEmptyElement: false, NamespaceURI: "http://schemas.openxmlformats.org/drawingml/2006/main" };
                if (xml.LocalName == "br") line.Append(' ');
            }
            else if (xml.NodeType == XmlNodeType.EndElement)
            {
                inText = false;
                if (xml.LocalName != "p") continue;
                if (!string.IsNullOrWhiteSpace(line.ToString())) lines.Add(line.ToString());
                line.Clear();
            }
            else if (inText && xml.NodeType is XmlNodeType.Text or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace)
            {
                characters += OfficePackage.AppendText(xml, line, scope);
                scope.CheckText(characters);
            }
        }

        return lines;
    }
}
