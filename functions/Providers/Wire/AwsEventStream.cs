using System.Buffers.Binary;
using System.Text;

namespace Serverless.Functions.Providers;

/// <summary>
/// Reads <c>application/vnd.amazon.eventstream</c>: messages of total length, headers' length and their CRC-32 (4 bytes each, big-endian),
/// headers, payload, and a CRC-32 of all of it. ("Event stream encoding" in Amazon's documentation.)
/// </summary>
internal sealed class AwsEventStream(Stream stream) : IDisposable
{
    private const int Prelude = 12;
    private const int Trailer = 4;

    private byte[] _message = new byte[16 * 1024];

    /// <summary>The message's <c>:event-type</c>, or its <c>:exception-type</c>.</summary>
    public string Type { get; private set; } = "";

    /// <summary>Valid until the next read.</summary>
    public ReadOnlyMemory<byte> Payload { get; private set; }

    /// <returns>False at the end of the stream.</returns>
    /// <exception cref="UpstreamException">The connection broke inside of a message, or what came is no message.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var read = await stream.ReadAtLeastAsync(_message.AsMemory(0, Prelude), Prelude, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            if (read == 0) return false;
            if (read < Prelude) throw new UpstreamException(UpstreamFailure.Connection);
            var total = BinaryPrimitives.ReadUInt32BigEndian(_message);
            var headers = BinaryPrimitives.ReadUInt32BigEndian(_message.AsSpan(4));
            Check(_message.AsSpan(0, 8), BinaryPrimitives.ReadUInt32BigEndian(_message.AsSpan(8)));
            if (total is < Prelude + Trailer or > SseReader.MaxEventBytes || headers > total - Prelude - Trailer) throw new UpstreamException(UpstreamFailure.InvalidResponse);
            var length = (int)total;
            if (_message.Length < length) Array.Resize(ref _message, length);
            await stream.ReadExactlyAsync(_message.AsMemory(Prelude, length - Prelude), cancellationToken).ConfigureAwait(false);
            Check(_message.AsSpan(0, length - Trailer), BinaryPrimitives.ReadUInt32BigEndian(_message.AsSpan(length - Trailer)));
            Type = TypeOf(_message.AsSpan(Prelude, (int)headers));
            Payload = _message.AsMemory(Prelude + (int)headers, length - Prelude - Trailer - (int)headers);
            return true;
        }
        catch (Exception exception) when (UpstreamHttp.Failed(exception) is { } failure)
        {
            throw failure;
        }
    }

    public void Dispose() => stream.Dispose();

    /// <summary>Each header: length and name, a type, a value. Those of events are strings (type 7: a length of 2 bytes and UTF-8).</summary>
    private static string TypeOf(ReadOnlySpan<byte> headers)
    {
        var type = "";
        while (headers.Length > 0)
        {
            var nameLength = headers[0];
            if (headers.Length < nameLength + 4 || headers[nameLength + 1] != 7) throw new UpstreamException(UpstreamFailure.InvalidResponse);
            var name = Encoding.UTF8.GetString(headers.Slice(1, nameLength));
            var valueLength = BinaryPrimitives.ReadUInt16BigEndian(headers[(nameLength + 2)..]);
            if (headers.Length < nameLength + 4 + valueLength) throw new UpstreamException(UpstreamFailure.InvalidResponse);
            if (name is ":event-type" or ":exception-type") type = Encoding.UTF8.GetString(headers.Slice(nameLength + 4, valueLength));
            headers = headers[(nameLength + 4 + valueLength)..];
        }

        return type;
    }

    private static void Check(ReadOnlySpan<byte> bytes, uint expected)
    {
        if (Crc32(bytes) != expected) throw new UpstreamException(UpstreamFailure.InvalidResponse);
    }

    /// <summary>CRC-32 of ISO 3309, bit by bit: messages are small.</summary>
    internal static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }
}
