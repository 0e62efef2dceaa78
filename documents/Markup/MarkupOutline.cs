using System.Text;
using Serverless.Documents.Markdown;

namespace Serverless.Documents.Markup;

/// <summary>Headings, code and tables of a text that otherwise stays as it is, in ascending order: the lines of headings stand between its sections.</summary>
internal sealed class MarkupOutline(ReadingScope scope)
{
    private const int MaxTitle = 200;

    private readonly StringBuilder _text = new();
    private readonly List<TextBlock> _blocks = [];
    private readonly List<(int Level, string Title, int Start, int End)> _headings = [];

    /// <summary>Adds text as it is.</summary>
    public void Add(ReadOnlySpan<char> text) => _text.Append(text);

    /// <param name="level">1 is the outermost.</param>
    /// <param name="lines">As they are written, without the last one's end.</param>
    public void AddHeading(int level, string title, ReadOnlySpan<char> lines)
    {
        _headings.Add((level, TextStart.Of(ExtractedTextBuilder.OneLine(title), MaxTitle), _text.Length, _text.Length + lines.Length));
        _text.Append(lines);
    }

    public void AddCode(ReadOnlySpan<char> lines)
    {
        if (lines.Length > 0) _blocks.Add(new TextBlock(TextBlockKind.Code, _text.Length, _text.Length + lines.Length));
        _text.Append(lines);
    }

    /// <param name="title">What stands above it; null for none.</param>
    public void AddTable(string? title, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        if (title is not null) _text.Append(title).Append("\n\n");
        var start = _text.Length;
        MarkdownTable.Write(_text, rows, rows.Max(row => row.Count), rows.Count, () => scope.CheckText(_text.Length));
        _blocks.Add(new TextBlock(TextBlockKind.Table, start, _text.Length));
    }

    public ExtractedDocument Build()
    {
        var text = _text.ToString();
        _text.Clear();
        var sections = new List<Section>();
        var above = new List<(int Level, string Title)>();
        var start = 0;
        foreach (var heading in _headings)
        {
            Close(heading.Start);
            above.RemoveAll(one => one.Level >= heading.Level);
            above.Add((heading.Level, heading.Title));
            start = heading.End;
        }

        Close(text.Length);
        if (sections.Count == 0 && !string.IsNullOrWhiteSpace(text)) sections.Add(new Section(null, 0, text.Length));
        return new ExtractedDocument(text, sections, _blocks, sections.FirstOrDefault(section => section.Heading is not null)?.Heading?.Split(" > ", 2)[0]);

        void Close(int end)
        {
            while (start < end && char.IsWhiteSpace(text[start]) && text.AsSpan(start, end - start).IndexOf('\n') is >= 0 and var line && text.AsSpan(start, line).IsWhiteSpace()) start += line + 1;
            while (end > start && char.IsWhiteSpace(text[end - 1])) end--;
            if (end > start) sections.Add(new Section(above.Count == 0 ? null : string.Join(" > ", above.Select(one => one.Title)), start, end));
        }
    }
}
