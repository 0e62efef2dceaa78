using System.Text.RegularExpressions;
using Serverless.Documents.Markup;

namespace Serverless.Documents.Markdown;

/// <summary>Follows the pipe tables of a Markdown text. People write them right below a paragraph, as GitHub reads them, and a paragraph right below them; Markdig makes one paragraph of all of it where no blank line stands between.</summary>
internal sealed partial class PipeTableLines(MarkupLines lines)
{
    private bool _isIn;

    // The last line of the last one.
    private int _last = -2;

    /// <summary>Whether a blank line is wanting above a line; asked of each, in order.</summary>
    /// <param name="isCode">Whether it is a line of code, which ends a table.</param>
    public bool NeedsGap(int line, bool isCode)
    {
        var needs = Follow(line, isCode);
        if (_isIn) _last = line;
        return needs;
    }

    /// <summary>Whether a line is the caption of the table above it, as Pandoc has it, and no definition of its words; asked after <see cref="NeedsGap"/>.</summary>
    public bool IsCaption(int line) => lines.Span(line).StartsWith(": ") && (line == _last + 1 || (line == _last + 2 && lines.IsBlank(line - 1)));

    private bool Follow(int line, bool isCode)
    {
        if (isCode || lines.IsBlank(line)) return _isIn = false;
        if (!_isIn)
        {
            _isIn = Begins(line);
            return _isIn && line > 0 && !lines.IsBlank(line - 1) && !lines.Span(line - 1).Contains('|');
        }

        _isIn = lines.Span(line).Contains('|');
        return !_isIn && !Item().IsMatch(lines.Span(line));
    }

    private bool Begins(int at)
    {
        var line = lines.Span(at).Trim();
        return line.Contains('|') && line[0] is not ('>' or '-' or '*' or '+') && Delimiters().IsMatch(lines.Span(at + 1)) && Cells(line) == Cells(lines.Span(at + 1).Trim());
    }

    private static int Cells(ReadOnlySpan<char> row) => row.Trim('|').Count('|') - row.Trim('|').Count("\\|") + 1;

    [GeneratedRegex(@"^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$", RegexOptions.NonBacktracking)]
    private static partial Regex Delimiters();

    // A list ends a table as it is; above a blank line its items would be paragraphs.
    [GeneratedRegex(@"^[ \t]*(?:[-*+]|[0-9]{1,9}[.)])(?:[ \t]|$)", RegexOptions.NonBacktracking)]
    private static partial Regex Item();
}
