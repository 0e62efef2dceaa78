using System.Text;
using System.Text.RegularExpressions;

namespace Serverless.Documents.Markup;

/// <summary>Tables that reStructuredText's directives write as lists or as comma-separated values (docutils, "Tables"), and the title of one that is drawn.</summary>
internal static partial class DirectiveTable
{
    /// <summary>The table whose directive stands at a line; null where none does, or where it is in another file.</summary>
    public static MarkupTable? Read(MarkupLines lines, int at)
    {
        if (Directive().Match(lines[at]) is not { Success: true } directive) return null;
        var (indent, body) = (lines.Indent(at), at + 1);
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        while (lines.Indent(body) > indent && Option().Match(lines[body]) is { Success: true } option)
        {
            options[option.Groups[1].Value] = option.Groups[2].Value;
            body++;
        }

        while (body < lines.Count && lines.IsBlank(body)) body++;
        var end = body;
        while (end < lines.Count && (lines.IsBlank(end) || lines.Indent(end) > indent)) end++;
        while (end > body && lines.IsBlank(end - 1)) end--;
        if (end == body) return null;
        var title = directive.Groups[2].Value is { Length: > 0 } text ? text : null;
        var table = directive.Groups[1].Value switch
        {
            "list-table" => new MarkupTable(Items(lines, body, end), end),
            "csv-table" => new MarkupTable([.. Values(options.GetValueOrDefault("header") ?? string.Empty, options), .. Values(lines.Span(body, end).ToString(), options)], end),
            _ => GridTable.Read(lines, body) ?? SimpleTable.Read(lines, body),
        };
        return table is null || table.Rows.Count == 0 ? null : table with { Title = title };
    }

    // "* - first cell", "  - second cell", and deeper what goes on.
    private static List<IReadOnlyList<string>> Items(MarkupLines lines, int at, int end)
    {
        var rows = new List<List<StringBuilder>>();
        for (var i = at; i < end; i++)
        {
            var (line, first, next) = (lines[i], Row().Match(lines[i]), Cell().Match(lines[i]));
            if (first.Success) rows.Add([new StringBuilder(line[first.Length..])]);
            else if (rows.Count > 0 && next.Success && lines.Indent(i) <= lines.Indent(at) + 2) rows[^1].Add(new StringBuilder(line[next.Length..]));
            else if (rows.Count > 0) rows[^1][^1].Append(' ').Append(line.Trim());
        }

        return [.. rows.Select(row => row.Select(cell => cell.ToString().Trim()).ToArray())];
    }

    private static List<IReadOnlyList<string>> Values(string text, Dictionary<string, string> options)
    {
        var delimiter = options.GetValueOrDefault("delim") switch { "tab" => '\t', { Length: 1 } sign => sign[0], _ => ',' };
        var unfolded = string.Join('\n', text.Split('\n').Select(line => line.Trim()));
        return MarkupTable.Values(unfolded, delimiter);
    }

    [GeneratedRegex(@"^\s*\.\. (list-table|csv-table|table)::[ \t]*(.*?)[ \t]*$", RegexOptions.NonBacktracking)]
    private static partial Regex Directive();

    [GeneratedRegex(@"^\s+:([\w-]+):[ \t]*(.*?)[ \t]*$", RegexOptions.NonBacktracking)]
    private static partial Regex Option();

    [GeneratedRegex(@"^\s+\* - ?", RegexOptions.NonBacktracking)]
    private static partial Regex Row();

    [GeneratedRegex(@"^\s+-(?: |$)", RegexOptions.NonBacktracking)]
    private static partial Regex Cell();
}
