using System.Globalization;

namespace Serverless.Documents.Latex;

/// <summary>A table's rows: cells between ampersands, rows between double backslashes, outside groups, formulas and environments.</summary>
internal static class LatexTable
{
    private const int MaxColumns = 512;

    public static List<IReadOnlyList<string>> Read(LatexSource source, LatexSpan span, LatexText text)
    {
        var rows = new List<IReadOnlyList<string>>();
        var row = new List<string>();
        var start = span.Start;
        for (var at = span.Start; at < span.End;)
        {
            switch (source.Text[at])
            {
                case '%':
                    at = source.AfterComment(at, span.End);
                    break;
                case '{' when source.Group(at) is { } group:
                    at = group.End + 1;
                    break;
                case '&':
                    AddCell(at);
                    start = ++at;
                    break;
                case '\\':
                    var name = source.Name(at);
                    if (name is "\\" or "\\*" or "tabularnewline")
                    {
                        AddCell(at);
                        EndRow();
                        start = at = source.AfterOption(at + 1 + name.Length);
                    }
                    else
                    {
                        at = name == "begin" && source.End(at) is { } end ? end.End : at + 1 + Math.Max(1, name.Length);
                    }

                    break;
                default:
                    at++;
                    break;
            }
        }

        AddCell(span.End);
        EndRow();
        return rows;

        void AddCell(int end)
        {
            if (row.Count >= MaxColumns) return;
            row.Add(text.Inline(new LatexSpan(start, Math.Max(start, end))));
            for (var i = Columns(source.Text.AsSpan(start, Math.Max(0, end - start))); i > 1 && row.Count < MaxColumns; i--) row.Add(string.Empty);
        }

        void EndRow()
        {
            if (row.Exists(cell => cell.Length > 0)) rows.Add(row);
            row = [];
        }
    }

    private static int Columns(ReadOnlySpan<char> cell)
    {
        const string Spanning = "\\multicolumn{";
        var at = cell.IndexOf(Spanning);
        if (at < 0) return 1;
        var number = cell[(at + Spanning.Length)..];
        var close = number.IndexOf('}');
        return close > 0 && int.TryParse(number[..close], NumberStyles.None, CultureInfo.InvariantCulture, out var columns) ? Math.Clamp(columns, 1, MaxColumns) : 1;
    }
}
