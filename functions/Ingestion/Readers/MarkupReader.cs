using System.Text.RegularExpressions;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.Readers.Text;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>
/// reStructuredText, AsciiDoc, Org and wikis' markup: the text as it was written, which its authors read so too, with sections by its headings, and code that is cut between lines.
/// </summary>
public sealed partial class MarkupReader : IDocumentReader
{
    private const int MaxHeading = 200;

    // Blocks without an end that are looked for to the text's: each costs its length.
    private const int MaxOpen = 100;

    // Underlines of reStructuredText mean levels in the order in which they first come.
    private const string Adornments = "=-`:.'\"~^_*+#<>";

    public IReadOnlyList<string> Extensions { get; } = [".rst", ".rest", ".adoc", ".asciidoc", ".org", ".mediawiki", ".wiki", ".creole", ".textile"];

    public IReadOnlyList<string> MediaTypes { get; } = ["text/x-rst", "text/prs.fallenstein.rst", "text/asciidoc", "text/x-asciidoc", "text/org", "text/x-org", "text/x-wiki"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var text = TextDecoder.Decode(file.Content.Span, file.Charset);
        scope.CheckText(text.Length);
        var outline = new MarkupOutline(text);
        var kind = Kind(file);
        var levels = new List<string>();
        var open = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var lines = Lines(text).ToList();
        for (var i = 0; i < lines.Count;)
        {
            if ((i & 0xFF) == 0) scope.Check();
            if (EndOfCode(kind, text, lines, i, open) is > 0 and var end)
            {
                outline.AddCode(lines[i].Start, lines[end - 1].End);
                i = end;
            }
            else if (Heading(kind, text, lines, i, levels) is { } heading)
            {
                outline.AddHeading(heading.Level, heading.Title, lines[i].Start, lines[i + heading.Lines - 1].End);
                i += heading.Lines;
            }
            else
            {
                i++;
            }
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

    private static IEnumerable<(int Start, int End)> Lines(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var end = text.IndexOf('\n', at) is >= 0 and var found ? found : text.Length;
            yield return (at, end);
            at = end + 1;
        }
    }

    private static (int Level, string Title, int Lines)? Heading(string kind, string text, List<(int Start, int End)> lines, int i, List<string> levels)
    {
        var line = text[lines[i].Start..lines[i].End];
        if (kind == "rst") return Underlined(text, lines, i, levels);
        var match = kind switch { "adoc" => AsciiDoc().Match(line), "org" => Org().Match(line), "textile" => Textile().Match(line), _ => Wiki().Match(line) };
        if (!match.Success || match.Groups["title"].Length > MaxHeading) return null;
        var signs = match.Groups["signs"].Value;
        return (kind == "textile" ? signs[1] - '0' : signs.Length, match.Groups["title"].Value.Trim(), 1);
    }

    // "Title", "=====", or with a line of the same above it (docutils, "Sections").
    private static (int Level, string Title, int Lines)? Underlined(string text, List<(int Start, int End)> lines, int i, List<string> levels)
    {
        var first = At(i);
        var isFramed = IsAdornment(first) && At(i + 1) is { Length: > 0 } framed && !IsAdornment(framed) && At(i + 2).TrimEnd() == first.TrimEnd();
        var title = isFramed ? At(i + 1).Trim() : first.TrimEnd();
        var under = (isFramed ? At(i + 2) : At(i + 1)).TrimEnd();
        if (title.Length is 0 or > MaxHeading || (!isFramed && (char.IsWhiteSpace(first[0]) || IsAdornment(first))) || !IsAdornment(under) || (under.Length < title.Length && under.Length < 4)) return null;
        // Below a paragraph's last line it ends nothing.
        if (!isFramed && i > 0 && !string.IsNullOrWhiteSpace(At(i - 1))) return null;
        var style = isFramed ? $"{under[0]}{under[0]}" : under[..1];
        if (!levels.Contains(style)) levels.Add(style);
        return (levels.IndexOf(style) + 1, title, isFramed ? 3 : 2);

        string At(int line) => line < lines.Count ? text[lines[line].Start..lines[line].End] : string.Empty;
    }

    private static bool IsAdornment(string line)
    {
        line = line.TrimEnd();
        return line.Length > 1 && Adornments.Contains(line[0], StringComparison.Ordinal) && !line.AsSpan().ContainsAnyExcept(line[0]);
    }

    // The line after a block of code that begins at a line; 0 where none does.
    private static int EndOfCode(string kind, string text, List<(int Start, int End)> lines, int i, HashSet<string> open)
    {
        var line = text.AsSpan(lines[i].Start, lines[i].End - lines[i].Start).TrimEnd();
        if (kind == "rst") return line.TrimStart().StartsWith(".. code") || line.TrimStart().StartsWith(".. literalinclude") || line.TrimStart().StartsWith(".. parsed-literal") || line.EndsWith("::") && !line.TrimStart().StartsWith("..") ? EndOfIndented(text, lines, i) : 0;
        var close = kind switch
        {
            "adoc" when line.Length >= 4 && line[0] is '-' or '.' or '/' or '+' && !line.ContainsAnyExcept(line[0]) => line.ToString(),
            "adoc" when line.StartsWith("```") => "```",
            "org" when line.TrimStart().StartsWith("#+begin_", StringComparison.OrdinalIgnoreCase) => "#+end_" + line.TrimStart()[8..].ToString().Split(' ')[0],
            "wiki" when line.StartsWith("<pre") || line.StartsWith("<syntaxhighlight") || line.StartsWith("<source") => "</" + line[1..].ToString().Split(' ', '>')[0] + ">",
            _ => null,
        };
        // What does not end from an earlier line on does not from here.
        if (close is null || open.Count >= MaxOpen || open.Contains(close) || (kind == "wiki" && line.IndexOf(close) >= 0)) return 0;
        for (var end = i + 1; end < lines.Count; end++)
        {
            var last = text.AsSpan(lines[end].Start, lines[end].End - lines[end].Start).Trim();
            if (kind == "wiki" ? last.EndsWith(close) : last.Equals(close, StringComparison.OrdinalIgnoreCase)) return end + 1;
        }

        open.Add(close);
        return 0;
    }

    // What stands deeper than the line, and the blank lines in it.
    private static int EndOfIndented(string text, List<(int Start, int End)> lines, int i)
    {
        var (indent, end) = (Indent(i), i + 1);
        for (var next = i + 1; next < lines.Count; next++)
        {
            if (string.IsNullOrWhiteSpace(text[lines[next].Start..lines[next].End])) continue;
            if (Indent(next) <= indent) break;
            end = next + 1;
        }

        return end > i + 1 ? end : 0;

        int Indent(int line)
        {
            var at = lines[line].Start;
            while (at < lines[line].End && text[at] is ' ' or '\t') at++;
            return at - lines[line].Start;
        }
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
