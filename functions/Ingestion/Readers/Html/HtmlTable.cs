using System.Globalization;
using AngleSharp.Dom;

namespace Serverless.Functions.Ingestion.Readers.Html;

/// <summary>A table of data: a row a line, a cell a column, whatever stands in the cell.</summary>
internal static class HtmlTable
{
    // WHATWG HTML, section 4.9.11: colspan is at most 1,000, rowspan 65,534, and of 0 all rows that are left of its group.
    private const int MaxSpan = 1000;
    private const int MaxRows = 65_534;
    private const int MaxColumns = 512;

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
        var rows = new List<IReadOnlyList<string>>();
        // A cell that spans rows speaks for each of them.
        var carried = new Dictionary<int, (string Text, int Rows)>();
        long characters = 0;
        foreach (var part in table.Children)
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
                var cells = Row(row, walker, carried);
                characters += cells.Sum(cell => (long)cell.Length + 3);
                scope.CheckText(characters);
                if (cells.Exists(cell => cell.Length > 0)) rows.Add(cells);
            }

            carried.Clear();
        }

        if (rows.Count > 0) builder.AddTable(rows);
    }

    private static List<string> Row(IElement row, HtmlWalker walker, Dictionary<int, (string Text, int Rows)> carried)
    {
        var cells = new List<string>();
        foreach (var cell in row.Children)
        {
            if (cell.LocalName is not ("td" or "th") || !walker.IsSeen(cell)) continue;
            while (Carry(cells, carried))
            {
            }

            var text = walker.Line(cell);
            var (columns, rows) = (Span(cell, "colspan"), Span(cell, "rowspan"));
            for (var i = 0; i < columns && cells.Count < MaxColumns; i++)
            {
                if (rows > 1) carried[cells.Count] = (i == 0 ? text : string.Empty, rows - 1);
                cells.Add(i == 0 ? text : string.Empty);
            }
        }

        while (Carry(cells, carried))
        {
        }

        return cells;
    }

    private static bool Carry(List<string> cells, Dictionary<int, (string Text, int Rows)> carried)
    {
        if (!carried.TryGetValue(cells.Count, out var above)) return false;
        if (above.Rows == 1) carried.Remove(cells.Count);
        else carried[cells.Count] = above with { Rows = above.Rows - 1 };
        cells.Add(above.Text);
        return true;
    }

    private static int Span(IElement cell, string name) =>
        int.TryParse(cell.GetAttribute(name), NumberStyles.None, CultureInfo.InvariantCulture, out var span)
            ? span == 0 && name == "rowspan" ? MaxRows : Math.Clamp(span, 1, name == "colspan" ? MaxSpan : MaxRows)
            : 1;
}
