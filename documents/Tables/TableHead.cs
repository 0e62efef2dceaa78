namespace Serverless.Documents.Tables;

/// <summary>Where a sheet's table begins: what it is called, of when it is and the like often stand above, a cell a row, and are no heads of columns.</summary>
internal static class TableHead
{
    // Rows that may stand above.
    private const int Most = 10;

    /// <summary>Adds what stands above as lines, and the rest as a table.</summary>
    /// <param name="rows">None of them blank; each may be the same list as the one before it.</param>
    /// <param name="columns">Of the widest row.</param>
    /// <param name="count">Of rows.</param>
    public static void Add(ExtractedTextBuilder builder, IEnumerable<IReadOnlyList<string>> rows, int columns, int count)
    {
        using var all = rows.GetEnumerator();
        var first = new List<string[]>();
        while (first.Count <= Most && all.MoveNext()) first.Add([.. all.Current]);
        var above = Above(first);
        foreach (var row in first.Take(above)) builder.AddBlock(row[0], apart: false);
        builder.AddTable(first.Skip(above).Concat(Rest(all)), columns, count - above);
    }

    // None where no row with several cells follows.
    private static int Above(List<string[]> first)
    {
        for (var above = 0; above < first.Count; above++)
        {
            if (first[above].Skip(1).Any(cell => !string.IsNullOrWhiteSpace(cell))) return above;
            // A table of which the first column has no head does not begin so.
            if (first[above].Length == 0 || string.IsNullOrWhiteSpace(first[above][0])) return 0;
        }

        return 0;
    }

    private static IEnumerable<IReadOnlyList<string>> Rest(IEnumerator<IReadOnlyList<string>> rows)
    {
        while (rows.MoveNext()) yield return rows.Current;
    }
}
