using Serverless.Functions.Hosting;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>Headings and code of a text that stays as it is, in ascending order: the lines of headings stand between its sections.</summary>
internal sealed class MarkupOutline(string text)
{
    private const int MaxTitle = 200;

    private readonly List<Section> _sections = [];
    private readonly List<TextBlock> _blocks = [];
    private readonly List<(int Level, string Title)> _headings = [];
    private int _start;

    /// <param name="level">1 is the outermost.</param>
    /// <param name="start">Where its lines begin.</param>
    /// <param name="end">Where they end.</param>
    public void AddHeading(int level, string title, int start, int end)
    {
        CloseSection(start);
        _headings.RemoveAll(heading => heading.Level >= level);
        _headings.Add((level, TextStart.Of(ExtractedTextBuilder.OneLine(title), MaxTitle)));
        _start = end;
    }

    public void AddCode(int start, int end)
    {
        if (end > start) _blocks.Add(new TextBlock(TextBlockKind.Code, start, end));
    }

    public ExtractedDocument Build()
    {
        CloseSection(text.Length);
        if (_sections.Count == 0 && !string.IsNullOrWhiteSpace(text)) _sections.Add(new Section(null, 0, text.Length));
        return new ExtractedDocument(text, _sections, _blocks, _sections.FirstOrDefault(section => section.Heading is not null)?.Heading?.Split(" > ", 2)[0]);
    }

    private void CloseSection(int end)
    {
        while (_start < end && char.IsWhiteSpace(text[_start]) && text.AsSpan(_start, end - _start).IndexOf('\n') is >= 0 and var line && text.AsSpan(_start, line).IsWhiteSpace()) _start += line + 1;
        while (end > _start && char.IsWhiteSpace(text[end - 1])) end--;
        if (end > _start) _sections.Add(new Section(_headings.Count == 0 ? null : string.Join(" > ", _headings.Select(heading => heading.Title)), _start, end));
    }
}
