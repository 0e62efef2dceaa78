using System.Buffers;
using System.Text;

namespace Serverless.GpuWorker.Tokenization;

/// <summary>
/// Decodes id by id. Byte pieces wait until they make a whole character; each maximal run of bytes that can become none is
/// one U+FFFD (Unicode 3.9, substitution of maximal subparts).
/// </summary>
internal sealed class SentencePieceStreamingDecoder(PieceDecoding decoding) : IStreamingDecoder
{
    private readonly byte[] _pending = new byte[8];
    private int _pendingCount;
    private bool _hasText;
    private bool _strippedFirst;

    public string Append(int id)
    {
        if (decoding.IsByte(id, out var value))
        {
            _pending[_pendingCount++] = value;
            return Emit(Drain(final: false));
        }

        var before = Emit(Drain(final: true));
        var text = decoding.Text(id);
        if (!_hasText && !_strippedFirst && decoding.StripsFirstSpace && decoding.BeginsWithWordMark(id))
        {
            text = text[1..];
            _strippedFirst = !decoding.StripsEverySpace;
        }

        return before + Emit(text);
    }

    public string Flush() => Emit(Drain(final: true));

    private string Emit(string text)
    {
        _hasText |= text.Length > 0;
        return text;
    }

    private string Drain(bool final)
    {
        if (_pendingCount == 0) return "";
        var text = new StringBuilder();
        ReadOnlySpan<byte> rest = _pending.AsSpan(0, _pendingCount);
        while (!rest.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(rest, out var rune, out var consumed);
            if (status == OperationStatus.NeedMoreData && !final) break;
            text.Append(rune.ToString());
            rest = rest[consumed..];
        }

        rest.CopyTo(_pending);
        _pendingCount = rest.Length;
        return text.ToString();
    }
}
