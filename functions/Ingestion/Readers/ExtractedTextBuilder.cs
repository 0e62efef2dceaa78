using System.Text;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>Builds extracted text line by line and keeps the tree of headings.</summary>
internal sealed class ExtractedTextBuilder
{
    private const int MaxHeadingLength = 200;

    private readonly StringBuilder _text = new();
    private readonly List<Section> _sections = [];
    private readonly List<(int Level, string Title)> _headings = [];
    private int _sectionStart;

    /// <summary>Adds a paragraph, list item, table row or code block; a blank line parts it from what follows when <paramref name="apart"/>.</summary>
    public void AddBlock(string text, bool apart = true)
    {
        var trimmed = text.Trim('\n', ' ', '\t');
        if (trimmed.Length == 0) return;
        _text.Append(trimmed).Append(apart ? "\n\n" : "\n");
    }

    /// <summary>Parts a list or table from what follows.</summary>
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
            _text.Append(title).Append("\n\n");
        }

        _sectionStart = _text.Length;
    }

    public ExtractedDocument Build(string? titleWhenNoHeadings = null)
    {
        CloseSection();
        var text = _text.ToString().TrimEnd();
        // A file of nothing but headings is still worth finding.
        if (_sections.Count == 0 && text.Length > 0) _sections.Add(new Section(null, 0, text.Length));
        var title = titleWhenNoHeadings is null ? null : Cut(OneLine(titleWhenNoHeadings));
        return new ExtractedDocument(text, [.. _sections.Select(section => section with
        {
            End = Math.Min(section.End, text.Length),
            Heading = section.Heading ?? (string.IsNullOrEmpty(title) ? null : title),
        })]);
    }

    /// <summary>Text with every run of white space as one space.</summary>
    public static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private void CloseSection()
    {
        var end = _text.Length;
        while (end > _sectionStart && char.IsWhiteSpace(_text[end - 1])) end--;
        if (end > _sectionStart) _sections.Add(new Section(HeadingPath(), _sectionStart, end));
    }

    private string? HeadingPath() => _headings.Count == 0 ? null : string.Join(" > ", _headings.Select(heading => Cut(heading.Title)));

    private static string Cut(string title)
    {
        if (title.Length <= MaxHeadingLength) return title;
        var end = char.IsHighSurrogate(title[MaxHeadingLength - 1]) ? MaxHeadingLength - 1 : MaxHeadingLength;
        return title[..end];
    }
}
