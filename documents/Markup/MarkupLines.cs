namespace Serverless.Documents.Markup;

/// <summary>A text's lines, where they stand in it; none of them is copied before it is asked for.</summary>
internal sealed class MarkupLines
{
    private readonly string _text;
    private readonly List<(int Start, int End)> _lines = [];

    public MarkupLines(string text)
    {
        _text = text;
        for (var at = 0; at < text.Length;)
        {
            var end = text.IndexOf('\n', at) is >= 0 and var found ? found : text.Length;
            _lines.Add((at, end));
            at = end + 1;
        }
    }

    public int Count => _lines.Count;

    /// <summary>Blocks whose ends were looked for in vain, to the text's end: others like them have none either.</summary>
    public HashSet<string> Endless { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The line from one on that holds nothing but what ends a block; null where none does, which is looked for once.</summary>
    public int? EndOf(string close, int from)
    {
        if (Endless.Contains(close)) return null;
        for (var end = from; end < Count; end++)
        {
            if (Span(end).TrimEnd().SequenceEqual(close)) return end;
        }

        Endless.Add(close);
        return null;
    }

    /// <summary>A line without its end; empty after the last.</summary>
    public string this[int line] => Span(line).ToString();

    /// <inheritdoc cref="this"/>
    public ReadOnlySpan<char> Span(int line) => line < _lines.Count ? _text.AsSpan(_lines[line].Start, _lines[line].End - _lines[line].Start) : default;

    public bool IsBlank(int line) => Span(line).IsWhiteSpace();

    /// <summary>How many blanks and tabs a line begins with.</summary>
    public int Indent(int line) => Span(line).IndexOfAnyExcept(' ', '\t') is >= 0 and var indent ? indent : Span(line).Length;

    /// <summary>Lines from one to before another, with the line ends between them.</summary>
    public ReadOnlySpan<char> Span(int first, int end) => _text.AsSpan(_lines[first].Start, _lines[end - 1].End - _lines[first].Start);

    /// <summary>The end of a line, empty where the text ends without one.</summary>
    public ReadOnlySpan<char> LineEnd(int line) => _lines[line].End < _text.Length ? "\n" : default;
}
