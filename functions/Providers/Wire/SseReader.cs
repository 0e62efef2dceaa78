using System.Buffers;

namespace Serverless.Functions.Providers;

/// <summary>
/// Reads server-sent events (WHATWG HTML, 9.2) from a provider: the data of one event after the other, without a copy where it came
/// in one line. A line of more than 1 MB fails: a provider must not be able to fill our memory. An event that the stream breaks off in is dropped.
/// </summary>
internal sealed class SseReader(Stream stream) : IDisposable
{
    internal const int MaxEventBytes = 1024 * 1024;
    private const int FirstBytes = 16 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBytes);
    private int _start;
    private int _end;
    private ArrayBufferWriter<byte>? _several;
    private bool _begun;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The event's data; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Data { get; private set; }

    /// <returns>False at the end of the stream.</returns>
    /// <exception cref="UpstreamException">The connection broke, or an event is too long.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryTake()) return true;
            if (!await FillAsync(cancellationToken).ConfigureAwait(false)) return false;
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    /// <summary>Takes whole events off the buffer until one has data. Nothing is taken of an event that is not complete.</summary>
    private bool TryTake()
    {
        var at = _start;
        var dataStart = -1;
        var dataLength = 0;
        _several?.ResetWrittenCount();
        while (true)
        {
            var length = _buffer.AsSpan(at, _end - at).IndexOf((byte)'\n');
            if (length < 0) return false;
            var line = _buffer.AsSpan(at, length > 0 && _buffer[at + length - 1] == '\r' ? length - 1 : length);
            var lineStart = at;
            at += length + 1;
            if (!_begun && lineStart == _start && line.StartsWith(ByteOrderMark))
            {
                line = line[ByteOrderMark.Length..];
                lineStart += ByteOrderMark.Length;
            }

            if (line.Length == 0)
            {
                _begun = true;
                _start = at;
                // An event without data is none, by the standard: some servers keep a connection so.
                if (dataStart < 0 || (dataLength == 0 && _several is not { WrittenCount: > 0 }))
                {
                    dataStart = -1;
                    continue;
                }

                Data = _several is { WrittenCount: > 0 } ? _several.WrittenMemory : _buffer.AsMemory(dataStart, dataLength);
                return true;
            }

            if (!line.StartsWith("data:"u8)) continue;
            var skip = line.Length > 5 && line[5] == ' ' ? 6 : 5;
            if (dataStart >= 0) Append(_buffer.AsSpan(dataStart, dataLength), line[skip..]);
            (dataStart, dataLength) = (lineStart + skip, line.Length - skip);
        }
    }

    private void Append(ReadOnlySpan<byte> first, ReadOnlySpan<byte> next)
    {
        _several ??= new ArrayBufferWriter<byte>();
        if (_several.WrittenCount == 0) _several.Write(first);
        _several.Write("\n"u8);
        _several.Write(next);
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            if (_end >= MaxEventBytes) throw new UpstreamException(UpstreamFailure.InvalidResponse);
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        try
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            _end += read;
            return read > 0;
        }
        catch (Exception exception) when (UpstreamHttp.Failed(exception) is { } failure)
        {
            throw failure;
        }
    }
}
