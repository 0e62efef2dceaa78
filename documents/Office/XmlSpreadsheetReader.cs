using System.Globalization;
using System.Text;
using System.Xml;
using Serverless.Documents.Xml;

namespace Serverless.Documents.Office;

/// <summary>Workbooks as Excel of 2002 and 2003 wrote them in XML, and as many programs still write what they call .xls: a section a sheet, its cells as tables. Hidden sheets and rows go.</summary>
public sealed class XmlSpreadsheetReader : IDocumentReader
{
    /// <summary>A type that nobody sends: such files are known by their first bytes.</summary>
    internal const string Type = "application/vnd.ms-excel.xml";

    private const string Namespace = "urn:schemas-microsoft-com:office:spreadsheet";
    private const int MaxColumns = 16_384;
    private const int MaxCovered = 64;
    private const int Head = 4096;

    public IReadOnlyList<string> Extensions { get; } = [];

    public IReadOnlyList<string> MediaTypes { get; } = [Type];

    /// <summary>Whether a file of one of the names that such files have begins as one.</summary>
    internal static bool Is(DocumentFile file)
    {
        if (file.Extension is not (".xls" or ".xlt" or ".xml" or "")) return false;
        var head = Encoding.Latin1.GetString(file.Content.Span[..Math.Min(file.Content.Length, Head)]);
        return head.Contains("<?xml", StringComparison.Ordinal) && head.Contains("Workbook", StringComparison.Ordinal) && head.Contains(Namespace, StringComparison.Ordinal);
    }

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var builder = new ExtractedTextBuilder(scope);
        try
        {
            using var xml = SafeXml.Read(scope.Unpack(file.Open(), scope.Limits.MaxUnpackedBytes), allowDtd: false);
            Read(xml, builder, scope);
        }
        catch (XmlException)
        {
            // Its message may quote the file.
            throw new DocumentRejectedException("The workbook is broken and cannot be read.");
        }

        return builder.Build();
    }

    private static void Read(XmlReader xml, ExtractedTextBuilder builder, ReadingScope scope)
    {
        var rows = new PackedRows();
        var column = 0;
        var cell = new StringBuilder();
        var (inData, name, merged) = (false, string.Empty, 0);
        while (xml.Read())
        {
            scope.CountElement();
            if (xml.NodeType == XmlNodeType.Element && xml.NamespaceURI == Namespace)
            {
                switch (xml.LocalName)
                {
                    case "Worksheet":
                        name = xml.GetAttribute("Name", Namespace) ?? string.Empty;
                        break;
                    case "Row":
                        rows.Number = Whole(xml, "Index") ?? rows.Number + 1;
                        column = 0;
                        if (xml.GetAttribute("Hidden", Namespace) != "1") break;
                        rows.PassRow();
                        if (!xml.IsEmptyElement) SafeXml.SkipRest(xml);
                        break;
                    case "Cell":
                        column = Math.Min(MaxColumns + 1, Whole(xml, "Index") ?? column + 1);
                        merged = Math.Min(MaxColumns, Whole(xml, "MergeAcross") ?? 0);
                        cell.Clear();
                        if (xml.IsEmptyElement) EndCell();
                        break;
                    case "Data":
                        inData = !xml.IsEmptyElement;
                        break;
                }
            }
            else if (xml.NodeType == XmlNodeType.EndElement && xml.NamespaceURI == Namespace)
            {
                switch (xml.LocalName)
                {
                    case "Data":
                        inData = false;
                        break;
                    case "Cell":
                        EndCell();
                        break;
                    case "Row":
                        rows.EndRow();
                        break;
                    case "Worksheet":
                        if (rows.Count > 0) builder.AddHeading(1, name);
                        scope.CheckText((long)rows.Count * rows.Columns * 3);
                        SheetTables.Add(builder, rows);
                        rows.Dispose();
                        rows = new PackedRows();
                        break;
                }
            }
            else if (inData && xml.NodeType is XmlNodeType.Text or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace or XmlNodeType.CDATA)
            {
                OfficePackage.AppendText(xml, cell, scope);
            }
        }

        void EndCell()
        {
            if (cell.Length > 0 && column <= MaxColumns && ExtractedTextBuilder.OneLine(cell.ToString()) is { Length: > 0 } text) rows.Add(column, text);
            cell.Clear();
            for (var i = 1; i <= Math.Min(merged, MaxCovered); i++) rows.Cover(column + i);
            column += merged;
        }
    }

    private static int? Whole(XmlReader xml, string name) => int.TryParse(xml.GetAttribute(name, Namespace), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
