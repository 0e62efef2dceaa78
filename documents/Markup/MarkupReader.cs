using System.Text.RegularExpressions;
using Serverless.Documents.Encodings;

namespace Serverless.Documents.Markup;

/// <summary>
/// reStructuredText, AsciiDoc, Org and wikis' markup: the text as it was written, which its authors read so too, without their remarks, with sections by its headings, code that is cut between lines, and tables as Markdown.
/// </summary>
public sealed partial class MarkupReader : IDocumentReader
{
    private const int MaxHeading = 200;

    // Blocks without an end that are looked for to the text's: each costs its length.
    private const int MaxEndless = 100;

    // Underlines of reStructuredText mean levels in the order in which they first come.
    private const string Adornments = "=-`:.'\"~^_*+#<>";

    public IReadOnlyList<string> Extensions { get; } = [".rst", ".rest", ".adoc", ".asciidoc", ".org", ".mediawiki", ".wiki", ".creole", ".textile"];

    public IReadOnlyList<string> MediaTypes { get; } = ["text/x-rst", "text/prs.fallenstein.rst", "text/asciidoc", "text/x-asciidoc", "text/org", "text/x-org", "text/x-wiki"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var text = TextDecoder.Decode(file.Content.Span, file.Charset);
        scope.CheckText(text.Length);
        var outline = new MarkupOutline(scope);
        var kind = Kind(file);
        if (kind == "wiki") text = MarkupComments.OutOfWiki(text);
        var levels = new List<string>();
        var lines = new MarkupLines(text);
        for (var i = 0; i < lines.Count;)
        {
            if ((i & 0xFF) == 0) scope.Check();
            if (MarkupComments.End(kind, lines, i) is > 0 and var behind)
            {
                i = behind;
                continue;
            }

            if (EndOfCode(kind, lines, i) is > 0 and var end)
            {
                outline.AddCode(lines.Span(i, end));
                i = end;
            }
            else if (Table(kind, lines, i) is { } table)
            {
                outline.AddTable(table.Title, table.Rows);
                i = table.End;
            }
            else if (Heading(kind, lines, i, levels) is { } heading)
            {
                outline.AddHeading(heading.Level, heading.Title, lines.Span(i, i + heading.Lines));
                i += heading.Lines;
            }
            else
            {
                outline.Add(lines.Span(i++));
            }

            outline.Add(lines.LineEnd(i - 1));
        }

        var document = outline.Build();
        return kind == "org" && OrgTitle().Match(text) is { Success: true } title ? document with { Title = TextStart.Of(title.Groups[1].Value.Trim(), MaxHeading) } : document;
    }

    private static string Kind(DocumentFile file) => file.Extension switch
    {
        ".rst" or ".rest" => "rst",
        ".adoc" or ".asciidoc" => "adoc",
        ".org" => "org",
        ".textile" => "textile",
        ".mediawiki" or ".wiki" or ".creole" => "wiki",
        _ => file.MediaType switch { "text/x-rst" or "text/prs.fallenstein.rst" => "rst", "text/asciidoc" or "text/x-asciidoc" => "adoc", "text/org" or "text/x-org" => "org", _ => "wiki" },
    };

    private static MarkupTable? Table(string kind, MarkupLines lines, int at) => kind switch
    {
        "rst" => GridTable.Read(lines, at) ?? SimpleTable.Read(lines, at) ?? DirectiveTable.Read(lines, at),
        "adoc" => AsciiDocTable.Read(lines, at),
        "org" => GridTable.Read(lines, at) ?? BarTable.Read(kind, lines, at),
        "wiki" => WikiTable.Read(lines, at) ?? BarTable.Read(kind, lines, at),
        _ => BarTable.Read(kind, lines, at),
    };

    private static (int Level, string Title, int Lines)? Heading(string kind, MarkupLines lines, int i, List<string> levels)
    {
        if (kind == "rst") return Underlined(lines, i, levels);
        var line = lines[i];
        var match = kind switch { "adoc" => AsciiDoc().Match(line), "org" => Org().Match(line), "textile" => Textile().Match(line), _ => Wiki().Match(line) };
        if (!match.Success || match.Groups["title"].Length > MaxHeading) return null;
        var signs = match.Groups["signs"].Value;
        return (kind == "textile" ? signs[1] - '0' : signs.Length, match.Groups["title"].Value.Trim(), 1);
    }

    // "Title", "=====", or with a line of the same above it (docutils, "Sections").
    private static (int Level, string Title, int Lines)? Underlined(MarkupLines lines, int i, List<string> levels)
    {
        var first = lines[i];
        var isFramed = IsAdornment(first) && lines[i + 1] is { Length: > 0 } framed && !IsAdornment(framed) && lines[i + 2].TrimEnd() == first.TrimEnd();
        var title = isFramed ? lines[i + 1].Trim() : first.TrimEnd();
        var under = (isFramed ? lines[i + 2] : lines[i + 1]).TrimEnd();
        if (title.Length is 0 or > MaxHeading || (!isFramed && (char.IsWhiteSpace(first[0]) || IsAdornment(first))) || !IsAdornment(under) || (under.Length < title.Length && under.Length < 4)) return null;
        // Below a paragraph's last line it ends nothing.
        if (!isFramed && i > 0 && !string.IsNullOrWhiteSpace(lines[i - 1])) return null;
        var style = isFramed ? $"{under[0]}{under[0]}" : under[..1];
        if (!levels.Contains(style)) levels.Add(style);
        return (levels.IndexOf(style) + 1, title, isFramed ? 3 : 2);
    }

    private static bool IsAdornment(string line)
    {
        line = line.TrimEnd();
        return line.Length > 1 && Adornments.Contains(line[0], StringComparison.Ordinal) && !line.AsSpan().ContainsAnyExcept(line[0]);
    }

    // The line after a block of code that begins at a line; 0 where none does.
    private static int EndOfCode(string kind, MarkupLines lines, int i)
    {
        var line = lines.Span(i).TrimEnd();
        if (kind == "rst") return line.TrimStart().StartsWith(".. code") || line.TrimStart().StartsWith(".. literalinclude") || line.TrimStart().StartsWith(".. parsed-literal") || line.EndsWith("::") && !line.TrimStart().StartsWith("..") ? EndOfIndented(lines, i) : 0;
        var close = kind switch
        {
            "adoc" when line.Length >= 4 && line[0] is '-' or '.' or '+' && !line.ContainsAnyExcept(line[0]) => line.ToString(),
            "adoc" when line.StartsWith("```") => "```",
            "org" when line.TrimStart().StartsWith("#+begin_", StringComparison.OrdinalIgnoreCase) => "#+end_" + line.TrimStart()[8..].ToString().Split(' ')[0],
            "wiki" when line.StartsWith("<pre") || line.StartsWith("<syntaxhighlight") || line.StartsWith("<source") => "</" + line[1..].ToString().Split(' ', '>')[0] + ">",
            _ => null,
        };
        // What does not end from an earlier line on does not from here.
        if (close is null || lines.Endless.Count >= MaxEndless || lines.Endless.Contains(close) || (kind == "wiki" && line.IndexOf(close) >= 0)) return 0;
        for (var end = i + 1; end < lines.Count; end++)
        {
            var last = lines.Span(end).Trim();
            if (kind == "wiki" ? last.EndsWith(close) : last.Equals(close, StringComparison.OrdinalIgnoreCase)) return end + 1;
        }

        lines.Endless.Add(close);
        return 0;
    }

    // What stands deeper than the line, and the blank lines in it.
    private static int EndOfIndented(MarkupLines lines, int i)
    {
        var (indent, end) = (lines.Indent(i), i + 1);
        for (var next = i + 1; next < lines.Count; next++)
        {
            if (lines.IsBlank(next)) continue;
            if (lines.Indent(next) <= indent) break;
            end = next + 1;
        }

        return end > i + 1 ? end : 0;
    }

    [GeneratedRegex(@"^(?<signs>={1,6}|#{1,6})[ \t]+(?<title>[^\s].*?)(?:[ \t]+=+)?[ \t]*$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex AsciiDoc();

    // Without its state, its priority and its tags.
    [GeneratedRegex(@"^(?<signs>\*{1,12})[ \t]+(?:(?:TODO|DONE|NEXT|WAITING|CANCELLED)[ \t]+)?(?:\[#[A-Z0-9]\][ \t]+)?(?<title>[^\s].*?)(?:[ \t]+:[\w@#%:]+:)?[ \t]*$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Org();

    [GeneratedRegex(@"^#\+TITLE:[ \t]*(\S.*)$", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex OrgTitle();

    [GeneratedRegex(@"^(?<signs>={1,6})[ \t]*(?<title>[^=\s](?:.*?[^=\s])?)[ \t]*={1,6}[ \t]*$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Wiki();

    [GeneratedRegex(@"^(?<signs>h[1-6])(?:\([^)]*\)|\{[^}]*\})*\.[ \t]+(?<title>.*\S)[ \t]*$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Textile();
}
