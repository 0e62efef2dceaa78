using AngleSharp.Dom;
using Serverless.Documents.Tables;

namespace Serverless.Documents.Html;

/// <summary>A table of other elements than HTML's own, told by roles (WAI-ARIA 1.2: table, grid, treegrid, row, cell, gridcell, columnheader, rowheader).</summary>
internal static class AriaTable
{
    /// <summary>Whether an element is one, with a row of several cells.</summary>
    public static bool Is(IElement element) =>
        Role(element) is "table" or "grid" or "treegrid" && element.QuerySelectorAll("[role=row]").Any(row => row.Children.Count(IsCell) > 1);

    public static void Add(IElement table, HtmlWalker walker, ExtractedTextBuilder builder, ReadingScope scope)
    {
        var rows = new SpannedRows();
        var open = new Stack<IElement>(table.Children.Reverse());
        while (open.TryPop(out var part))
        {
            scope.Check();
            if (!walker.IsSeen(part)) continue;
            if (Role(part) != "row")
            {
                // Groups of rows, and what a layout needs between.
                if (part.QuerySelector("[role=row]") is null) builder.AddBlock(walker.Line(part));
                else foreach (var child in part.Children.Reverse()) open.Push(child);
                continue;
            }

            foreach (var cell in part.Children.Where(IsCell))
            {
                if (walker.IsSeen(cell)) rows.Add(walker.Line(cell), 1, 1);
            }

            rows.EndRow();
            scope.CheckText(rows.Characters);
        }

        if (rows.Rows.Count > 0) builder.AddTable(rows.Rows);
    }

    private static bool IsCell(IElement element) => Role(element) is "cell" or "gridcell" or "columnheader" or "rowheader";

    private static string? Role(IElement element) => element.GetAttribute("role")?.Trim().ToLowerInvariant();
}
