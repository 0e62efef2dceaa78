using System.Text;
using System.Text.RegularExpressions;
using Serverless.Documents.Tables;

namespace Serverless.Documents.Markup;

/// <summary>MediaWiki's tables between <c>{|</c> and <c>|}</c> (mediawiki.org, "Help:Tables"). Of one within a cell the words stay.</summary>
internal static partial class WikiTable
{
    private const int MaxSpan = 512;

    /// <summary>The table that begins at a line; null where none does.</summary>
    public static MarkupTable? Read(MarkupLines lines, int at)
    {
        if (!lines.Span(at).TrimStart(" \t:").StartsWith("{|") || lines.Endless.Contains("{|")) return null;
        if (End(lines, at) is not { } end)
        {
            lines.Endless.Add("{|");
            return null;
        }

        var (rows, cell, depth) = (new SpannedRows(), (StringBuilder?)null, 0);
        var (columns, spanned, title) = (1, 1, (string?)null);
        for (var i = at + 1; i < end; i++)
        {
            var line = lines[i].Trim();
            if (line.StartsWith("{|", StringComparison.Ordinal)) depth++;
            else if (line.StartsWith("|}", StringComparison.Ordinal)) depth--;
            else if (depth > 0 && line is ['|' or '!', ..]) Continue(line.StartsWith("|-", StringComparison.Ordinal) ? ";" : string.Join(", ", Parted(line).Select(part => Attributed(part[1..]).Text)));
            else if (line.StartsWith("|-", StringComparison.Ordinal)) EndRow();
            else if (line.StartsWith("|+", StringComparison.Ordinal)) title = Attributed(line[2..]).Text;
            else if (line is ['|' or '!', ..]) foreach (var part in Parted(line)) Start(part[1..]);
            else Continue(line);
        }

        EndRow();
        return rows.Rows.Count == 0 ? null : new MarkupTable(rows.Rows, end + 1, string.IsNullOrWhiteSpace(title) ? null : title);

        void Start(string text)
        {
            EndCell();
            (text, columns, spanned) = Attributed(text);
            cell = new StringBuilder(text);
        }

        void Continue(string text) => cell?.Append(' ').Append(text);

        void EndCell()
        {
            if (cell is not null) rows.Add(Plain(cell.ToString()), columns, spanned);
            cell = null;
        }

        void EndRow()
        {
            EndCell();
            if (rows.IsBegun) rows.EndRow();
        }
    }

    private static int? End(MarkupLines lines, int at)
    {
        var depth = 0;
        for (var i = at; i < lines.Count; i++)
        {
            var line = lines.Span(i).TrimStart(" \t:");
            if (line.StartsWith("{|")) depth++;
            else if (line.StartsWith("|}") && !line.StartsWith("|}}") && --depth == 0) return i;
        }

        return null;
    }

    // Cells of one line, each with the sign that it begins with: "| a || b", "! a !! b". Links and templates have bars of their own.
    private static IEnumerable<string> Parted(string line)
    {
        var (start, depth) = (0, 0);
        for (var i = 1; i + 1 < line.Length; i++)
        {
            if (line[i] is '[' or '{') depth++;
            else if (line[i] is ']' or '}') depth = Math.Max(0, depth - 1);
            if (depth > 0 || !(line.AsSpan(i).StartsWith("||") || (line[0] == '!' && line.AsSpan(i).StartsWith("!!")))) continue;
            yield return line[start..i];
            start = ++i;
        }

        yield return line[start..];
    }

    private static (string Text, int Columns, int Rows) Attributed(string cell)
    {
        if (Attributes().Match(cell) is not { Success: true } attributes) return (cell.Trim(), 1, 1);
        return (cell[attributes.Length..].Trim(), Span(attributes.Value, "colspan"), Span(attributes.Value, "rowspan"));
    }

    private static int Span(string attributes, string name)
    {
        var at = attributes.IndexOf(name, StringComparison.OrdinalIgnoreCase);
        return at >= 0 && Number().Match(attributes, at) is { Success: true } number && int.TryParse(number.ValueSpan, out var span) ? Math.Clamp(span, 1, MaxSpan) : 1;
    }

    private static string Plain(string text) => Break().Replace(Link().Replace(text, "$1"), " ").Trim();

    [GeneratedRegex(@"^\s*(?:[\w-]+\s*=\s*(?:""[^""]*""|'[^']*'|[^\s|""'\[\]{}]+)\s*)+\|", RegexOptions.NonBacktracking)]
    private static partial Regex Attributes();

    [GeneratedRegex("[0-9]{1,4}", RegexOptions.NonBacktracking)]
    private static partial Regex Number();

    [GeneratedRegex(@"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]", RegexOptions.NonBacktracking)]
    private static partial Regex Link();

    [GeneratedRegex(@"<br\s*/?>", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    private static partial Regex Break();
}
