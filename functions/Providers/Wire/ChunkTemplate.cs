using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Serverless.Functions.Providers;

/// <summary>
/// The last chunk of a stream, as a form whose text alone changes: chunks of one answer are alike but for that, and one that has the same bytes before and behind a string without
/// escapes says the same as the last one said, with another text. So such a chunk is compared and not parsed.
/// </summary>
internal sealed class ChunkTemplate
{
    private static readonly SearchValues<byte> Escaped = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(c => (byte)c), (byte)'"', (byte)'\\']);

    private byte[] _bytes = [];
    private int _head;
    private int _tail;
    private int _index;

    /// <param name="document">A chunk that said nothing but one text.</param>
    /// <param name="start">Where its text begins, behind the quote.</param>
    /// <param name="end">Where the quote behind it stands.</param>
    /// <param name="index">The choice that it is of.</param>
    public void Keep(ReadOnlySpan<byte> document, int start, int end, int index)
    {
        (_head, _tail, _index) = (start, document.Length - end, index);
        if (_bytes.Length < _head + _tail) _bytes = new byte[(_head + _tail) * 2];
        document[..start].CopyTo(_bytes);
        document[end..].CopyTo(_bytes.AsSpan(_head));
    }

    /// <summary>Reads a chunk of that form; false for any other.</summary>
    public bool TryRead(ReadOnlySpan<byte> document, out string text, out int index)
    {
        (text, index) = ("", _index);
        if (_tail == 0 || document.Length < _head + _tail || !document.StartsWith(_bytes.AsSpan(0, _head)) || !document.EndsWith(_bytes.AsSpan(_head, _tail))) return false;
        var between = document[_head..^_tail];
        if (between.ContainsAny(Escaped) || !Utf8.IsValid(between)) return false;
        text = Encoding.UTF8.GetString(between);
        return true;
    }
}
