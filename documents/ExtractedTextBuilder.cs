using System.Text;
using Serverless.Documents.Markdown;

namespace Serverless.Documents;

/// <summary>Builds extracted text block by block and keeps the tree of headings, pages, code and tables.</summary>
/// <param name="scope">The reading whose limit of text holds.</param>
public sealed class ExtractedTextBuilder(ReadingScope scope)
{
    private const int MaxHeadingLength = 200;

    private readonly StringBuilder _text = new();
    private readonly List<Section> _sections = [];
    private readonly List<TextBlock> _blocks = [];
    private readonly List<(int Level, string Title)> _headings = [];
    private int _sectionStart;
    private int? _page;

    public bool IsEmpty => _text.Length == 0;

    /// <summary>Adds a paragraph or list item; a blank line parts it from what follows when <paramref name="apart"/>.</summary>
    public void AddBlock(string text, bool apart = true)
    {
        var trimmed = text.Trim('\n', ' ', '\t');
        if (trimmed.Length == 0) return;
        Append(trimmed);
        _text.Append(apart ? "\n\n" : "\n");
    }

    /// <summary>Adds lines of code as they are.</summary>
    public void AddCode(string code)
    {
        var lines = code.TrimEnd().Split('\n');
        var first = Array.FindIndex(lines, line => !string.IsNullOrWhiteSpace(line));
        if (first < 0) return;
        AddGap();
        AddBlock(TextBlockKind.Code, string.Join('\n', lines.Skip(first)));
    }

    /// <summary>Adds a table as Markdown, a row a line; every row gets as many cells as the widest.</summary>
    public void AddTable(IReadOnlyList<IReadOnlyList<string>> rows)
    {
        if (!rows.All(row => row.All(string.IsNullOrWhiteSpace))) AddTable(rows, rows.Max(row => row.Count), rows.Count);
    }

    /// <summary>As the other, of rows that are not held, some cell of which holds text.</summary>
    public void AddTable(IEnumerable<IReadOnlyList<string>> rows, int columns, int count)
    {
        AddGap();
        var start = _text.Length;
        MarkdownTable.Write(_text, rows, columns, count, () => scope.CheckText(_text.Length));
        _blocks.Add(new TextBlock(TextBlockKind.Table, start, _text.Length));
        _text.Append("\n\n");
    }

    /// <summary>Parts a list from what follows.</summary>
    public void AddGap()
    {
        if (_text.Length > 0 && !(_text.Length > 1 && _text[^1] == '\n' && _text[^2] == '\n')) _text.Append('\n');
    }

    /// <summary>Starts a section. A heading line stands in the text, before its section.</summary>
    /// <param name="level">1 is the outermost.</param>
    public void AddHeading(int level, string title)
    {
        title = OneLine(title);
        CloseSection();
        _headings.RemoveAll(heading => heading.Level >= level);
        if (title.Length > 0)
        {
            AddGap();
            _headings.Add((level, title));
            Append(title);
            _text.Append("\n\n");
        }

        _sectionStart = _text.Length;
    }

    /// <summary>What follows stands on this page, under the headings that hold.</summary>
    /// <param name="page">From 1.</param>
    public void StartPage(int page)
    {
        if (page == _page) return;
        CloseSection();
        AddGap();
        _page = page;
        _sectionStart = _text.Length;
    }

    /// <summary>Adds a document that stands within this one, under a heading of its own.</summary>
    public void AddInner(string heading, ExtractedDocument inner)
    {
        AddHeading(1, heading);
        CloseSection();
        var offset = _text.Length;
        var above = TextStart.Of(OneLine(heading), MaxHeadingLength);
        Append(inner.Text);
        _text.Append("\n\n");
        _sections.AddRange(inner.Sections.Select(section => section with
        {
            Start = section.Start + offset,
            End = section.End + offset,
            Heading = section.Heading is null ? above : $"{above} > {section.Heading}",
        }));
        _blocks.AddRange((inner.Blocks ?? []).Select(block => block with { Start = block.Start + offset, End = block.End + offset }));
        _headings.Clear();
        _sectionStart = _text.Length;
    }

    /// <summary>Adds a document that is a part of this one: what stands below its own headings does, and the rest below those that hold.</summary>
    public void AddPart(ExtractedDocument inner)
    {
        AddGap();
        CloseSection();
        var (offset, above) = (_text.Length, HeadingPath());
        Append(inner.Text.TrimEnd());
        _text.Append("\n\n");
        _sections.AddRange(inner.Sections.Select(section => section with
        {
            Start = section.Start + offset,
            End = Math.Min(section.End + offset, _text.Length - 2),
            Page = _page,
            Heading = section.Heading is null || above is null ? section.Heading ?? above : $"{above} > {section.Heading}",
        }));
        _blocks.AddRange((inner.Blocks ?? []).Select(block => block with { Start = block.Start + offset, End = block.End + offset }));
        _sectionStart = _text.Length;
    }

    /// <param name="title">Stands for a heading where a section has none.</param>
    public ExtractedDocument Build(string? title = null)
    {
        CloseSection();
        var end = _text.Length;
        while (end > 0 && char.IsWhiteSpace(_text[end - 1])) end--;
        var text = _text.ToString(0, end);
        // A second copy of it is not kept while the sections are.
        _text.Clear();
        _text.Capacity = 0;
        // A file of nothing but headings is still worth finding.
        if (_sections.Count == 0 && text.Length > 0) _sections.Add(new Section(null, 0, text.Length));
        title = title is null ? null : TextStart.Of(OneLine(title), MaxHeadingLength);
        if (title?.Length == 0) title = null;
        return new ExtractedDocument(
            text,
            [.. _sections.Select(section => section with { End = Math.Min(section.End, text.Length), Heading = section.Heading ?? title })],
            [.. _blocks.Select(block => block with { End = Math.Min(block.End, text.Length) })],
            title ?? _sections[..Math.Min(1, _sections.Count)].FirstOrDefault()?.Heading?.Split(" > ", 2)[0]);
    }

    /// <summary>Text with every run of white space as one space.</summary>
    public static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Text with U+FFFD for each half of a pair of surrogates that stands alone.</summary>
    public static string WithoutHalfPairs(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) return text;
        var whole = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) whole.Append(rune.ToString());
        return whole.ToString();
    }

    private void AddBlock(TextBlockKind kind, string text)
    {
        var start = _text.Length;
        Append(text);
        _blocks.Add(new TextBlock(kind, start, _text.Length));
        _text.Append("\n\n");
    }

    private void Append(string text)
    {
        scope.CheckText((long)_text.Length + text.Length);
        _text.Append(text);
    }

    private void CloseSection()
    {
        var end = _text.Length;
        while (end > _sectionStart && char.IsWhiteSpace(_text[end - 1])) end--;
        if (end > _sectionStart) _sections.Add(new Section(HeadingPath(), _sectionStart, end, _page));
        _sectionStart = _text.Length;
    }

    private string? HeadingPath() => _headings.Count == 0 ? null : string.Join(" > ", _headings.Select(heading => TextStart.Of(heading.Title, MaxHeadingLength)));
}
