using System.Text.Json;
using Serverless.Documents;

namespace Serverless.Functions.Ingestion.Ocr;

/// <summary>The layout model's <c>analyzeResult</c> as a document: paragraphs and tables by where they stand in its content; page numbers and running heads go.</summary>
internal static class LayoutResult
{
    public static ExtractedDocument Read(JsonElement answer, ReadingScope scope)
    {
        var builder = new ExtractedTextBuilder(scope);
        if (!answer.TryGetProperty("analyzeResult", out var result)) return builder.Build();
        var tables = Items(result, "tables").Select(table => (Start: Offset(table), End: End(table), Page: Page(table), Table: table)).OrderBy(table => table.Start).ToList();
        var next = 0;
        string? title = null;
        foreach (var paragraph in Items(result, "paragraphs").OrderBy(Offset))
        {
            var at = Offset(paragraph);
            while (next < tables.Count && tables[next].Start <= at) AddTable(tables[next++]);
            // Cells are told a second time as paragraphs.
            if (tables.Take(next).Any(table => at >= table.Start && at < table.End)) continue;
            var text = Text(paragraph, "content");
            var role = Text(paragraph, "role");
            if (role is "pageHeader" or "pageFooter" or "pageNumber" || string.IsNullOrWhiteSpace(text)) continue;
            if (Page(paragraph) is { } page) builder.StartPage(page);
            if (role == "title") title ??= text;
            if (role is "title" or "sectionHeading") builder.AddHeading(role == "title" ? 1 : 2, text);
            else builder.AddBlock(text);
        }

        while (next < tables.Count) AddTable(tables[next++]);
        return builder.Build(title);

        void AddTable((int Start, int End, int? Page, JsonElement Table) table)
        {
            if (table.Page is { } page) builder.StartPage(page);
            builder.AddTable(Rows(table.Table, scope));
        }
    }

    private static List<IReadOnlyList<string>> Rows(JsonElement table, ReadingScope scope)
    {
        var rows = new SortedDictionary<int, List<string>>();
        foreach (var cell in Items(table, "cells"))
        {
            scope.CountElement();
            var (row, column) = (Number(cell, "rowIndex"), Math.Clamp(Number(cell, "columnIndex"), 0, 511));
            if (!rows.TryGetValue(row, out var cells)) rows[row] = cells = [];
            while (cells.Count <= column) cells.Add(string.Empty);
            cells[column] = Text(cell, "content");
        }

        return [.. rows.Values];
    }

    private static IEnumerable<JsonElement> Items(JsonElement of, string name) =>
        of.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array ? items.EnumerateArray() : [];

    private static string Text(JsonElement of, string name) => of.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : string.Empty;

    private static int Number(JsonElement of, string name) => of.TryGetProperty(name, out var number) && number.TryGetInt32(out var value) ? value : 0;

    private static int Offset(JsonElement of) => Items(of, "spans").Select(span => Number(span, "offset")).DefaultIfEmpty(0).Min();

    private static int End(JsonElement of) => Items(of, "spans").Select(span => Number(span, "offset") + Number(span, "length")).DefaultIfEmpty(0).Max();

    private static int? Page(JsonElement of) => Items(of, "boundingRegions").Select(region => (int?)Number(region, "pageNumber")).FirstOrDefault() is { } page and > 0 ? page : null;
}
