using System.Globalization;
using System.Text;
using System.Xml;
using DocumentFormat.OpenXml.Packaging;
using Serverless.Documents.Signs;

namespace Serverless.Documents.Office;

/// <summary>The cells of a sheet as a person sees them: those of hidden rows and columns go.</summary>
internal sealed class SheetCells(IReadOnlyList<SharedString> shared, SheetFormats formats)
{
    // Stretches of columns, each looked at for every cell; a sheet has 16,384 columns.
    private const int MaxHidden = 256;

    /// <summary>Rows that are not empty, each with a cell for every column that is not.</summary>
    public PackedRows Rows(WorksheetPart part, ReadingScope scope)
    {
        var rows = new PackedRows();
        var isBegun = false;
        long characters = 0;
        using var xml = OfficePackage.Xml(part, scope);
        var (column, type, style) = (0, string.Empty, string.Empty);
        var value = new StringBuilder();
        var runs = new SheetRuns(value);
        var (inValue, rowIsHidden) = (false, false);
        var hidden = new List<(int First, int Last)>();
        while (xml.Read())
        {
            if (xml.NodeType == XmlNodeType.Element)
            {
                inValue = xml is { LocalName: "v" or "t", IsEmptyElement: false };
                if (xml.LocalName == "col" && IsHidden(xml))
                {
                    if (hidden.Count < MaxHidden && Number(xml, "min") is { } first && Number(xml, "max") is { } last) hidden.Add((first, last));
                }
                else if (xml.LocalName == "row")
                {
                    rowIsHidden = IsHidden(xml);
                    rows.EndRow();
                    rows.Number = Number(xml, "r") ?? rows.Number + 1;
                    isBegun = true;
                    column = 0;
                }
                else if (xml.LocalName == "mergeCell")
                {
                    Merge(xml.GetAttribute("ref"), rows);
                }
                else if (xml.LocalName == "c")
                {
                    column = Column(xml.GetAttribute("r")) ?? column + 1;
                    (type, style) = (xml.GetAttribute("t") ?? string.Empty, xml.GetAttribute("s") ?? string.Empty);
                    value.Clear();
                    runs.Clear();
                }
                else
                {
                    runs.Read(xml);
                }
            }
            else if (xml.NodeType == XmlNodeType.EndElement)
            {
                inValue = false;
                runs.Read(xml);
                if (xml.LocalName != "c" || !isBegun || Text(type, style, value.ToString(), runs.HasFormats) is not { Length: > 0 } text) continue;
                if (rowIsHidden)
                {
                    rows.PassRow();
                    continue;
                }

                if (hidden.Exists(range => column >= range.First && column <= range.Last))
                {
                    rows.Cover(column, isHidden: true);
                    continue;
                }

                rows.Add(column, text);
                characters += text.Length + 3;
                scope.CheckText(characters);
            }
            else if (inValue && xml.NodeType is XmlNodeType.Text or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace)
            {
                OfficePackage.AppendText(xml, value, scope);
            }
        }

        scope.CheckText((long)rows.Count * rows.Columns * 3);
        return rows;
    }

    private static bool IsHidden(XmlReader xml) => xml.GetAttribute("hidden") is "1" or "true";

    private static int? Number(XmlReader xml, string name) => int.TryParse(xml.GetAttribute(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private string? Text(string type, string style, string value, bool hasFormats)
    {
        if (string.IsNullOrWhiteSpace(value)) return null;
        SharedString? named = type == "s" && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at < shared.Count ? shared[at] : null;
        var text = Text(type, style, value, named?.Text);
        return text?.Length > 0 && !(named?.HasFormats ?? hasFormats) && formats.IsStruck(style) ? StruckText.Struck(text) : text;
    }

    private string? Text(string type, string style, string value, string? named) =>
        type switch
        {
            "s" => named?.Trim(),
            "b" => value == "1" ? "true" : "false",
            "str" or "inlineStr" => OfficeEscapes.Unescape(value).Trim(),
            "d" => MidnightCut(value.Trim()),
            "e" => value.Trim(),
            _ => formats.Number(value, style),
        };

    // ISO 8601 already.
    private static string MidnightCut(string date) => date.IndexOf("T00:00:00", StringComparison.Ordinal) is > 0 and var at ? date[..at] : date;

    // "A2:C4" is one cell of three rows and three columns; without the numbers of rows, of one.
    private static void Merge(string? reference, PackedRows rows)
    {
        if (reference?.Split(':') is not [var from, var to] || Column(from) is not { } first || Column(to) is not { } last) return;
        var row = Row(from) ?? 0;
        rows.Merge(row, first, Row(to) ?? row, last);
    }

    private static int? Row(string reference) => int.TryParse(reference.AsSpan().TrimStart("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), NumberStyles.None, CultureInfo.InvariantCulture, out var row) ? row : null;

    // "AB12": 28.
    private static int? Column(string? reference)
    {
        var column = 0;
        foreach (var c in reference ?? string.Empty)
        {
            if (c is < 'A' or > 'Z' || column > 20_000) break;
            column = (column * 26) + c - 'A' + 1;
        }

        return column == 0 ? null : column;
    }
}
