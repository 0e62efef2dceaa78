using System.Text;
using Serverless.Documents.Office;

namespace Serverless.Documents.Tests;

/// <summary>The rows of a large sheet, in little more than their text.</summary>
public sealed class PackedRowsTests
{
    [Fact]
    public void Read_AnyRows_GivesTheirCellsWithoutEmptyColumnsAndRows()
    {
        var random = new Random(11);
        using var rows = new PackedRows();
        var expected = new List<Dictionary<int, string>>();
        var (bytes, cells) = (0L, 0);
        for (var row = 0; row < 3000; row++)
        {
            var written = new Dictionary<int, string>();
            for (var column = 1; column <= 300; column += 1 + random.Next(200))
            {
                // Columns that are multiples of seven are empty, as whole rows are.
                if (column % 7 == 0 || row % 5 == 0) continue;
                var text = random.Next(500) == 0 ? new string('x', 150_000) : $"Zelle {row} ä 中 \U0001F33F";
                rows.Add(column, text);
                written[column] = text;
                bytes += Encoding.UTF8.GetByteCount(text);
                cells++;
            }

            rows.EndRow();
            if (written.Count > 0) expected.Add(written);
        }

        var columns = expected.SelectMany(row => row.Keys).Distinct().Order().ToList();
        Assert.Equal((expected.Count, columns.Count), (rows.Count, rows.Columns));
        Assert.InRange(rows.Bytes, bytes, bytes + (6 * cells));
        var at = 0;
        foreach (var row in rows.Read())
        {
            Assert.Equal(columns.Select(column => expected[at].GetValueOrDefault(column, string.Empty)), row);
            at++;
        }

        Assert.Equal(expected.Count, at);
        Assert.Equal(0, rows.Bytes);
    }

    [Fact]
    public void Read_Nothing_GivesNone()
    {
        using var rows = new PackedRows();
        rows.EndRow();
        Assert.Empty(rows.Read());
    }
}
