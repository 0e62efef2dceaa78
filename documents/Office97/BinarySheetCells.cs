using System.Globalization;
using ExcelDataReader;
using Serverless.Documents.Office;
using Serverless.Documents.Signs;

namespace Serverless.Documents.Office97;

/// <summary>The cells of the sheet that a library's reader stands on, as <see cref="SheetCells"/> gives those of newer workbooks.</summary>
internal sealed class BinarySheetCells(IExcelDataReader book, ReadingScope scope)
{
    // Whatever a broken file says.
    private const int MaxColumns = 256;

    // The library counts days from 1900 on, whatever the workbook does.
    private readonly CellNumbers _numbers = new(is1904: false);

    /// <summary>Rows that are not empty, each with a cell for every column that is not.</summary>
    public PackedRows Rows(SheetExtras extras)
    {
        var rows = new PackedRows();
        long characters = 0;
        foreach (var merged in book.MergeCells ?? []) rows.Merge(merged.FromRow + 1, merged.FromColumn + 1, merged.ToRow + 1, merged.ToColumn + 1);
        while (book.Read())
        {
            scope.Check();
            rows.EndRow();
            rows.Number++;
            for (var column = 0; column < Math.Min(book.FieldCount, MaxColumns); column++)
            {
                if ((Text(column) ?? extras.Error(rows.Number - 1, column)) is not { Length: > 0 } text) continue;
                if (book.RowHeight == 0)
                {
                    rows.PassRow();
                    break;
                }

                if (book.GetColumnWidth(column) == 0)
                {
                    rows.Cover(column + 1, isHidden: true);
                    continue;
                }

                if (extras.IsStruck(rows.Number - 1, column)) text = StruckText.Struck(text);
                rows.Add(column + 1, text);
                characters += text.Length + 3;
                scope.CheckText(characters);
            }
        }

        rows.EndRow();
        scope.CheckText((long)rows.Count * rows.Columns * 3);
        return rows;
    }

    private string? Text(int column) => book.GetValue(column) switch
    {
        null => null,
        string text => ExtractedTextBuilder.WithoutHalfPairs(text).Trim(),
        bool truth => truth ? "true" : "false",
        DateTime time => Number(Serial(time), column),
        TimeSpan time => Number(time.TotalDays, column),
        IConvertible number => Number(number.ToDouble(CultureInfo.InvariantCulture), column),
        _ => null,
    };

    private string Number(double number, int column) => _numbers.Show(number, book.GetNumberFormatIndex(column), book.GetNumberFormatString(column) ?? string.Empty);

    // Excel's 1900 has a 29 February, so that the library moves the days before it by one.
    private static double Serial(DateTime time) => time.ToOADate() is var serial && serial < 61 ? serial - 1 : serial;
}
