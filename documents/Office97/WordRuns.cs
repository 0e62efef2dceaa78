using System.Buffers.Binary;

namespace Serverless.Documents.Office97;

/// <summary>The formats of a document's characters or paragraphs by where their bytes stand: pages of 512 bytes that a list leads to ([MS-DOC], sections 2.9.33 and 2.9.175).</summary>
internal sealed class WordRuns
{
    private const int PageBytes = 512;
    private const int ParagraphEntry = 13;

    private readonly byte[] _text;
    private readonly bool _ofParagraphs;
    private readonly List<(int From, int To, int Format)> _runs = [];
    private int _last;

    public WordRuns(WordFile file, bool ofParagraphs, ReadingScope scope)
    {
        (_text, _ofParagraphs) = (file.Text, ofParagraphs);
        var list = file.Part(ofParagraphs ? WordFile.ParagraphPages : WordFile.CharacterPages);
        var count = (list.Length - 4) / 8;
        // As many as the stream has room for: each is named once.
        for (var i = 0; i < Math.Min(count, (_text.Length / PageBytes) + 1); i++)
        {
            scope.Check();
            var at = (long)(BinaryPrimitives.ReadUInt32LittleEndian(list[((4 * (count + 1)) + (4 * i))..]) & 0x3F_FFFF) * PageBytes;
            if (at + PageBytes <= _text.Length) AddPage((int)at);
        }

        _runs.Sort((a, b) => a.From.CompareTo(b.From));
    }

    /// <summary>The run that a byte is in: where it ends, and what changes its format, empty for nothing.</summary>
    public (int From, int To) Find(int at, out ReadOnlySpan<byte> format)
    {
        format = [];
        if (_last >= _runs.Count || at < _runs[_last].From || at >= _runs[_last].To) _last = Search(at);
        if (_last >= _runs.Count) return (at, at + 1);
        var run = _runs[_last];
        if (at < run.From || at >= run.To) return (at, at + 1);
        format = Format(run.Format);
        return (run.From, run.To);
    }

    private int Search(int at)
    {
        var (low, high) = (0, _runs.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_runs[middle].From <= at) low = middle;
            else high = middle - 1;
        }

        return low;
    }

    private void AddPage(int at)
    {
        var page = _text.AsSpan(at, PageBytes);
        int count = page[PageBytes - 1];
        var entry = _ofParagraphs ? ParagraphEntry : 1;
        if ((4 * (count + 1)) + (entry * count) > PageBytes - 1) return;
        for (var i = 0; i < count; i++)
        {
            var (from, to) = (BinaryPrimitives.ReadInt32LittleEndian(page[(4 * i)..]), BinaryPrimitives.ReadInt32LittleEndian(page[(4 * (i + 1))..]));
            var format = 2 * page[(4 * (count + 1)) + (entry * i)];
            if (from >= 0 && to > from) _runs.Add((from, to, format == 0 ? 0 : at + format));
        }
    }

    // Of a paragraph the length is in words, or stands in a byte of its own behind a zero.
    private ReadOnlySpan<byte> Format(int at)
    {
        if (at == 0) return [];
        var end = at - (at % PageBytes) + PageBytes - 1;
        var (from, length) = (at + 1, (int)_text[at]);
        if (_ofParagraphs) (from, length) = length > 0 ? (from, (2 * length) - 1) : (from + 1, from < end ? 2 * _text[from] : 0);
        return from + length <= end ? _text.AsSpan(from, length) : [];
    }
}
