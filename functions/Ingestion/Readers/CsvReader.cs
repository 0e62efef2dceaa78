using System.Text;
using Serverless.Functions.Ingestion.Readers.Text;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>Comma-, semicolon- or tab-separated values (RFC 4180, with quotes where they may stand): one table.</summary>
public sealed class CsvReader : IDocumentReader
{
    private const int Sample = 20;
    private const char None = '\0';

    public IReadOnlyList<string> Extensions { get; } = [".csv", ".tsv", ".tab"];

    public IReadOnlyList<string> MediaTypes { get; } = ["text/csv", "application/csv", "text/tab-separated-values"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var text = TextDecoder.Decode(file.Content.Span, file.Charset);
        scope.CheckText(text.Length);
        var rows = new List<IReadOnlyList<string>>();
        // Excel's own first line, which says what parts the columns, is none of the table's.
        var declared = Declared(text);
        var delimiter = declared ?? Delimiter(text);
        foreach (var row in Rows(declared is null ? text : text[Math.Min(text.Length, "sep=,\n".Length)..], delimiter))
        {
            if ((rows.Count & 0x3FF) == 0) scope.Check();
            if (row.Exists(cell => !string.IsNullOrWhiteSpace(cell))) rows.Add(row);
        }

        var builder = new ExtractedTextBuilder(scope);
        if (rows.Count > 0) builder.AddTable(rows);
        return builder.Build();
    }

    private static char? Declared(string text) =>
        text.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) && text.Length > 4 && text[4] is not ('\n' or '"') && (text.Length == 5 || text[5] == '\n') ? text[4] : null;

    // The one that parts the first rows into the most columns, as many in each.
    private static char Delimiter(string text)
    {
        var best = (Columns: 1.0, Delimiter: ',');
        foreach (var delimiter in (char[])[',', ';', '\t', '|'])
        {
            var counts = Rows(text, delimiter).Take(Sample).Select(row => row.Count).ToList();
            if (counts.Count == 0) continue;
            var columns = counts.Average() / (1 + counts.Max() - counts.Min());
            if (columns > best.Columns) best = (columns, delimiter);
        }

        // Lines of which only some hold commas are sentences rather than rows.
        return best.Columns > 1 || Rows(text, ',').First().Count > 1 ? best.Delimiter : None;
    }

    private static IEnumerable<List<string>> Rows(string text, char delimiter)
    {
        var row = new List<string>();
        var cell = new StringBuilder();
        var at = 0;
        while (at < text.Length)
        {
            var c = text[at++];
            if (c == '"' && IsBlank(cell))
            {
                // Some write a space after each comma.
                cell.Clear();
                at = Quoted(text, at, cell);
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

    private static int Quoted(string text, int at, StringBuilder cell)
    {
        while (at < text.Length)
        {
            var quote = text.IndexOf('"', at);
            if (quote < 0) quote = text.Length;
            cell.Append(text, at, quote - at);
            if (quote + 1 >= text.Length || text[quote + 1] != '"') return Math.Min(quote + 1, text.Length);
            cell.Append('"');
            at = quote + 2;
        }

        return at;
    }
}
