using Serverless.Documents.Tables;

namespace Serverless.Documents.Office;

/// <summary>
/// The tables of a sheet. Blank rows and columns part tables, but as many are there to be looked at: a table ends at one only where what follows has a head of its own, that is a row of words
/// over figures, or over other columns. Lines of one cell between tables are text.
/// </summary>
internal static class SheetTables
{
    // Held while tables that stand beside one another are written one after another.
    private const long MaxHeldCells = 200_000;

    /// <param name="rows">Of a sheet; they are read.</param>
    public static void Add(ExtractedTextBuilder builder, PackedRows rows)
    {
        var places = rows.Places();
        using var all = rows.Read().GetEnumerator();
        foreach (var range in Ranges(rows.Bands))
        {
            var columns = range.SelectMany(band => band.Columns).Distinct().Order().ToList();
            var count = range.Sum(band => band.Rows);
            if (columns.Count == 1 || range.TrueForAll(band => band.Widest == 1))
            {
                foreach (var row in Take(all, count)) builder.AddBlock(string.Join(' ', row.Where(cell => cell.Length > 0)), apart: false);
                builder.AddGap();
                continue;
            }

            var parts = (long)count * columns.Count <= MaxHeldCells ? Parts(range[0], columns, rows) : [columns];
            if (parts.Count == 1)
            {
                TableHead.Add(builder, Take(all, count).Select(row => Cells(row, columns, places)), columns.Count, count);
                continue;
            }

            var held = Take(all, count).Select(row => row.ToArray()).ToList();
            foreach (var part in parts)
            {
                var own = held.ConvertAll(row => Cells(row, part, places)).FindAll(row => row.Any(cell => cell.Length > 0));
                TableHead.Add(builder, own, part.Count, own.Count);
            }
        }
    }

    // Bands that are one table, or text, each.
    private static IEnumerable<List<SheetBand>> Ranges(List<SheetBand> bands)
    {
        List<SheetBand> table = [];
        for (var i = 0; i < bands.Count; i++)
        {
            var isNew = table.Count > 0 && IsNew(bands, i, table);
            if (isNew && table.Count > 0) yield return table;
            if (isNew) table = [];
            if (table.Count == 0 && bands[i].Widest == 1) yield return [bands[i]];
            else table.Add(bands[i]);
        }

        if (table.Count > 0) yield return table;
    }

    // Lines of one cell belong to what follows them.
    private static bool IsNew(List<SheetBand> bands, int at, List<SheetBand> table)
    {
        var next = at;
        while (next < bands.Count && bands[next].Widest == 1) next++;
        return next == bands.Count || HasHead(bands[next], Math.Max(bands[at].Gap, bands[next].Gap), table);
    }

    private static bool HasHead(SheetBand band, int gap, List<SheetBand> table)
    {
        if (Head(band.First) is not { } head || head.Cells.Count < Math.Min(band.Widest, band.Columns.Count - 1)) return false;
        var others = band.Columns.Except(table.SelectMany(above => above.Columns)).Any();
        return others || gap > 1 || head.Below.Exists(row => row.Exists(cell => IsFigure(cell.Text) && head.Cells.Exists(above => above.Column == cell.Column)));
    }

    // The first row of several cells, where all of these are words, each another, and rows below it.
    private static (List<(int Column, string Text)> Cells, List<List<(int Column, string Text)>> Below)? Head(List<List<(int Column, string Text)>> rows)
    {
        var at = rows.FindIndex(row => row.Count > 1);
        if (at < 0 || at == rows.Count - 1 || rows[at].Exists(cell => IsFigure(cell.Text)) || rows[at].DistinctBy(cell => cell.Text).Count() < rows[at].Count) return null;
        return (rows[at], rows[(at + 1)..]);
    }

    // Columns that blank ones part, where each part has a head.
    private static List<List<int>> Parts(SheetBand band, List<int> columns, PackedRows rows)
    {
        var parts = new List<List<int>> { new() { columns[0] } };
        foreach (var (before, column) in columns.Zip(columns.Skip(1)))
        {
            if (Enumerable.Range(before + 1, column - before - 1).Any(blank => !rows.IsCovered(blank))) parts.Add([]);
            parts[^1].Add(column);
        }

        return parts.TrueForAll(part => part.Count > 1 && Head(band.First.ConvertAll(row => row.FindAll(cell => part.Contains(cell.Column))).FindAll(row => row.Count > 0)) is { } head && head.Cells.Count >= part.Count - 1)
            ? parts
            : [columns];
    }

    // A number, a date, a price.
    private static bool IsFigure(string text) => text.AsSpan().TrimStart("+-−(<>~≈$€£¥ ") is [>= '0' and <= '9', ..];

    private static string[] Cells(IReadOnlyList<string> row, List<int> columns, Dictionary<int, int> places) => [.. columns.Select(column => row[places[column]])];

    private static IEnumerable<IReadOnlyList<string>> Take(IEnumerator<IReadOnlyList<string>> rows, int count)
    {
        for (var i = 0; i < count && rows.MoveNext(); i++) yield return rows.Current;
    }
}
