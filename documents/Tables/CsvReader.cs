using System.Text;
using Serverless.Documents.Encodings;
using Serverless.Documents.Office;

namespace Serverless.Documents.Tables;

/// <summary>Comma-, semicolon- or tab-separated values (RFC 4180, with quotes where they may stand): a table, or several where blank lines or columns part such.</summary>
public sealed class CsvReader : IDocumentReader
{
    private const int Sample = 20;
    private const char None = '\0';

    public IReadOnlyList<string> Extensions { get; } = [".csv", ".tsv", ".tab", ".psv"];

    public IReadOnlyList<string> MediaTypes { get; } = ["text/csv", "application/csv", "text/tab-separated-values"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var text = TextDecoder.Decode(file.Content.Span, file.Charset);
        scope.CheckText(text.Length);
        using var rows = new PackedRows();
        var builder = new ExtractedTextBuilder(scope);
        // Excel's own first line, which says what parts the columns, is none of the table's.
        var (delimiter, start) = Declared(text) is { } declared ? (declared, Math.Min(text.Length, "sep=,\n".Length)) : (Delimiter(text), 0);
        if (delimiter == None && BelowTitle(text) is { } below)
        {
            (delimiter, start) = below;
            foreach (var line in text[..start].Split('\n')) builder.AddBlock(line, apart: false);
            builder.AddGap();
        }

        foreach (var row in Rows(text, delimiter, start))
        {
            if ((++rows.Number & 0x3FF) == 0) scope.Check();
            for (var column = 0; column < row.Count; column++)
            {
                if (!string.IsNullOrWhiteSpace(row[column])) rows.Add(column + 1, Shown(row[column]));
            }

            rows.EndRow();
        }

        scope.CheckText((long)rows.Count * rows.Columns * 3);
        if (rows.Columns == 1) TableHead.Add(builder, rows.Read(), 1, rows.Count);
        else SheetTables.Add(builder, rows);
        return builder.Build();
    }

    // As programs write what Excel is to keep as it is, its zeros too: ="007".
    private static string Shown(string cell) => cell is ['=', '"', .., '"'] && cell.Length > 3 && cell.IndexOf('"', 2) == cell.Length - 1 ? cell[2..^1] : cell;

    private static char? Declared(string text) =>
        text.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) && text.Length > 4 && text[4] is not ('\n' or '"') && (text.Length == 5 || text[5] == '\n') ? text[4] : null;

    // The one that parts the first rows into the most columns, as many in each.
    private static char Delimiter(string text)
    {
        var best = (Columns: 1.0, Delimiter: ',');
        foreach (var delimiter in (char[])[',', ';', '\t', '|'])
        {
            var counts = Rows(text, delimiter).Take(Sample).Where(row => row.Exists(cell => !string.IsNullOrWhiteSpace(cell))).Select(row => row.Count).ToList();
            if (counts.Count == 0) continue;
            var columns = counts.Average() / (1 + counts.Max() - counts.Min());
            // Commas between figures only are decimal ones: 1,5;2,5.
            if (columns > best.Columns || (delimiter == ';' && columns > 1 && best.Delimiter == ',' && counts.Max() == counts.Min() && HasDecimalCommas(text))) best = (columns, delimiter);
        }

        // Lines of which only some hold commas are sentences rather than rows.
        return best.Columns > 1 || Rows(text, ',').First().Count > 1 ? best.Delimiter : None;
    }

    private static bool HasDecimalCommas(string text)
    {
        var head = text.AsSpan(0, Math.Min(text.Length, 4096));
        for (var at = head.IndexOf(','); at >= 0; at = head[(at + 1)..].IndexOf(',') is >= 0 and var next ? at + 1 + next : -1)
        {
            if (at == 0 || at + 1 >= head.Length || !char.IsAsciiDigit(head[at - 1]) || !char.IsAsciiDigit(head[at + 1])) return false;
        }

        return true;
    }

    // Reports say what they are before their table begins, in lines that a blank one ends or a number sign begins.
    private static (char Delimiter, int Start)? BelowTitle(string text)
    {
        var at = 0;
        for (var line = 0; line < Sample && text.IndexOf('\n', at) is >= 0 and var end; line++)
        {
            var isEnd = text[at] == '#' || string.IsNullOrWhiteSpace(text[at..end]);
            at = end + 1;
            if (!isEnd) continue;
            foreach (var delimiter in (char[])[',', ';', '\t', '|'])
            {
                // Other tables may follow it.
                var rows = Rows(text, delimiter, at).Take(Sample).TakeWhile(row => row.Exists(cell => !string.IsNullOrWhiteSpace(cell))).ToList();
                if (rows.Count > 1 && rows[0].Count > 1 && rows.TrueForAll(row => row.Count == rows[0].Count)) return (delimiter, at);
            }
        }

        return null;
    }

    /// <summary>The records of a text, each with its fields.</summary>
    internal static IEnumerable<List<string>> Rows(string text, char delimiter, int at = 0)
    {
        var row = new List<string>();
        var cell = new StringBuilder();
        // A quotation mark that nothing closes is a sign as others are, and so is each after it.
        var isQuoting = true;
        while (at < text.Length)
        {
            var c = text[at++];
            if (c == '"' && isQuoting && IsBlank(cell))
            {
                // Some write a space after each comma.
                var blank = cell.ToString();
                cell.Clear();
                if (Quoted(text, at, cell) is { } end)
                {
                    at = end;
                    continue;
                }

                isQuoting = false;
                cell.Clear().Append(blank).Append(c);
            }
            else if (c == delimiter)
            {
                row.Add(cell.ToString());
                cell.Clear();
            }
            else if (c == '\n')
            {
                row.Add(cell.ToString());
                cell.Clear();
                yield return row;
                row = [];
            }
            else
            {
                cell.Append(c);
            }
        }

        if (cell.Length == 0 && row.Count == 0) yield break;
        row.Add(cell.ToString());
        yield return row;
    }

    private static bool IsBlank(StringBuilder cell)
    {
        if (cell.Length > 8) return false;
        for (var i = 0; i < cell.Length; i++)
        {
            if (cell[i] != ' ') return false;
        }

        return true;
    }

    // Where what is quoted ends; null where it does not.
    private static int? Quoted(string text, int at, StringBuilder cell)
    {
        while (at < text.Length && text.IndexOf('"', at) is >= 0 and var quote)
        {
            cell.Append(text, at, quote - at);
            // Some write \" for it, where nothing that ends a field follows.
            if (quote > at && text[quote - 1] == '\\' && quote + 1 < text.Length && text[quote + 1] is not (',' or ';' or '\t' or '|' or '\n' or '"'))
            {
                cell.Length--;
                cell.Append('"');
                at = quote + 1;
                continue;
            }

            if (quote + 1 >= text.Length || text[quote + 1] != '"') return quote + 1;
            cell.Append('"');
            at = quote + 2;
        }

        return null;
    }
}
