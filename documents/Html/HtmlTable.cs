using System.Globalization;
using AngleSharp.Dom;
using Serverless.Documents.Tables;

namespace Serverless.Documents.Html;

/// <summary>A table of data: a row a line, a cell a column, whatever stands in the cell.</summary>
internal static class HtmlTable
{
    // WHATWG HTML, section 4.9.11: colspan is at most 1,000, rowspan 65,534, and of 0 all rows that are left of its group.
    private const int MaxSpan = 1000;
    private const int MaxRows = 65_534;

    /// <summary>Whether it holds data: heads of rows or columns, or nothing that lays out a page, such as headings, other tables or one column of blocks.</summary>
    public static bool IsData(IElement table)
    {
        if (table.GetAttribute("role") is "presentation" or "none") return false;
        var (columns, hasHeads, laysOut) = (0, false, false);
        foreach (var inner in table.Descendants<IElement>())
        {
            if (inner.LocalName is "main" or "article" or "form") return false;
            laysOut |= inner.LocalName is "table" or "h1" or "h2" or "h3" or "h4" or "h5" or "h6" or "pre";
            if (inner.LocalName != "tr" || inner.ParentElement?.ParentElement != table) continue;
            columns = Math.Max(columns, inner.ChildNodes.Count(node => node is IElement { LocalName: "td" or "th" }));
            hasHeads |= inner.ChildNodes.Any(node => node is IElement { LocalName: "th" });
        }

        return columns > 1 && (hasHeads || !laysOut);
    }

    public static void Add(IElement table, HtmlWalker walker, ExtractedTextBuilder builder, ReadingScope scope)
    {
        var rows = new SpannedRows();
        // A foot may stand before the body in the page; it is shown below it, as heads are above.
        foreach (var part in table.Children.OrderBy(part => part.LocalName switch { "caption" => 0, "thead" => 1, "tfoot" => 3, _ => 2 }))
        {
            if (part.LocalName == "caption")
            {
                if (walker.IsSeen(part)) builder.AddBlock(walker.Line(part));
                continue;
            }

            if (part.LocalName is not ("thead" or "tbody" or "tfoot") || !walker.IsSeen(part)) continue;
            foreach (var row in part.Children)
            {
                if (row.LocalName != "tr" || !walker.IsSeen(row)) continue;
                foreach (var cell in row.Children)
                {
                    if (cell.LocalName is "td" or "th" && walker.IsSeen(cell)) rows.Add(walker.Line(cell), Span(cell, "colspan"), Span(cell, "rowspan"));
                }

                rows.EndRow();
                scope.CheckText(rows.Characters);
            }

            rows.EndGroup();
        }

        if (rows.Rows.Count > 0) builder.AddTable(rows.Rows);
    }

    private static int Span(IElement cell, string name) =>
        int.TryParse(cell.GetAttribute(name), NumberStyles.None, CultureInfo.InvariantCulture, out var span)
            ? span == 0 && name == "rowspan" ? MaxRows : Math.Clamp(span, 1, name == "colspan" ? MaxSpan : MaxRows)
            : 1;
}
