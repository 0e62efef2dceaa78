using Serverless.Documents;

namespace Serverless.Functions.Ingestion.Chunking;

/// <summary>Parts a document into what chunks are made of: sentences of prose, rows of tables, lines of code.</summary>
internal sealed class UnitFinder(ExtractedDocument document, ChunkingSettings settings)
{
    private readonly string _text = document.Text;
    private int _paragraphs;
    private int _block;

    /// <summary>Units whose weight is not known yet, in the order of the text.</summary>
    public IEnumerable<MeasuredUnit> Find()
    {
        for (var i = 0; i < document.Sections.Count; i++)
        {
            foreach (var span in Spans(document.Sections[i])) yield return new MeasuredUnit(span, -1, i, _paragraphs);
        }
    }

    // Paragraphs are numbered as their spans are asked for.
    private IEnumerable<TextSpan> Spans(Section section)
    {
        var at = section.Start;
        while (NextBlock(at, section.End) is { } block)
        {
            foreach (var span in Prose(at, Math.Max(at, block.Start))) yield return span;
            at = Math.Max(at, block.Start);
            var end = Math.Min(block.End, section.End);
            foreach (var span in block.Kind == TextBlockKind.Table ? Rows(at, end) : Lines(at, end)) yield return span;
            at = end;
            if (block.End <= section.End) _block++;
            else yield break;
        }

        foreach (var span in Prose(at, section.End)) yield return span;
    }

    private TextBlock? NextBlock(int from, int to)
    {
        var blocks = document.Blocks;
        while (blocks is not null && _block < blocks.Count && blocks[_block].End <= from) _block++;
        return blocks is not null && _block < blocks.Count && blocks[_block].Start < to ? blocks[_block] : null;
    }

    private IEnumerable<TextSpan> Prose(int start, int end)
    {
        foreach (var paragraph in SentenceSplitter.Paragraphs(_text, new TextSpan(start, end)))
        {
            foreach (var sentence in SentenceSplitter.Sentences(_text, paragraph)) yield return sentence;
            _paragraphs++;
        }
    }

    private IEnumerable<TextSpan> Rows(int start, int end)
    {
        for (var at = start; at < end;)
        {
            var lineEnd = LineEnd(at, end);
            if (!IsBlank(at, lineEnd)) yield return new TextSpan(at, lineEnd);
            at = lineEnd + 1;
        }

        _paragraphs++;
    }

    // A few lines at a time: each by itself would be counted by itself.
    private IEnumerable<TextSpan> Lines(int start, int end)
    {
        TextSpan? lines = null;
        for (var at = start; at < end;)
        {
            var lineEnd = LineEnd(at, end);
            var isBlank = IsBlank(at, lineEnd);
            if (lines is { } full && (isBlank || lineEnd - full.Start > settings.MaxTokens))
            {
                yield return full;
                lines = null;
                if (isBlank) _paragraphs++;
            }

            if (!isBlank) lines = lines is { } open ? open with { End = TrimEnd(at, lineEnd) } : new TextSpan(at, TrimEnd(at, lineEnd));
            at = lineEnd + 1;
        }

        if (lines is { } last) yield return last;
        _paragraphs++;
    }

    private int LineEnd(int from, int end)
    {
        var at = _text.AsSpan(from, end - from).IndexOf('\n');
        return at < 0 ? end : from + at;
    }

    private int TrimEnd(int start, int end)
    {
        while (end > start && char.IsWhiteSpace(_text[end - 1])) end--;
        return end;
    }

    private bool IsBlank(int start, int end) => _text.AsSpan(start, end - start).IsWhiteSpace();
}
