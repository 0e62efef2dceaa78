using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Serverless.EndToEnd.Tests;

/// <summary>A span as it arrives over OTLP (opentelemetry-proto, trace/v1/trace.proto), read from the wire's bytes; ids are hexadecimal, a root's parent is empty.</summary>
internal sealed record OtlpSpan(string Service, string TraceId, string SpanId, string ParentId, string Name, IReadOnlyDictionary<string, string> Attributes)
{
    /// <summary>The spans of an ExportTraceServiceRequest.</summary>
    public static IEnumerable<OtlpSpan> Read(ReadOnlyMemory<byte> request) =>
        from resource in Messages(request, 1)
        let service = Messages(resource, 1).Select(r => Pairs(r, 1)).FirstOrDefault()?.GetValueOrDefault("service.name") ?? ""
        from scope in Messages(resource, 2)
        from span in Messages(scope, 2)
        select new OtlpSpan(service, Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(Messages(span, 5).Single()), Pairs(span, 9));

    private static Dictionary<string, string> Pairs(ReadOnlyMemory<byte> message, int field) => Messages(message, field)
        .ToDictionary(pair => Text(Messages(pair, 1).Single()), pair => Value(Messages(pair, 2).Single()), StringComparer.Ordinal);

    private static string Value(ReadOnlyMemory<byte> any) => string.Join(',', Fields(any).Select(f => f.Field switch
    {
        1 => Text(f.Bytes),
        4 => BitConverter.UInt64BitsToDouble(f.Number).ToString(CultureInfo.InvariantCulture),
        5 => string.Join(',', Messages(f.Bytes, 1).Select(Value)),
        _ => f.Number.ToString(CultureInfo.InvariantCulture),
    }));

    private static string Hex(ReadOnlyMemory<byte> message, int field) => Messages(message, field).Select(b => Convert.ToHexStringLower(b.Span)).FirstOrDefault() ?? "";

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private static IEnumerable<ReadOnlyMemory<byte>> Messages(ReadOnlyMemory<byte> message, int field) => Fields(message).Where(f => f.Field == field).Select(f => f.Bytes);

    /// <summary>Protocol Buffers' wire format: a key of number and type, then a varint, 8 bytes, bytes with their length before them, or 4 bytes.</summary>
    private static List<(int Field, ulong Number, ReadOnlyMemory<byte> Bytes)> Fields(ReadOnlyMemory<byte> message)
    {
        var fields = new List<(int, ulong, ReadOnlyMemory<byte>)>();
        for (var at = 0; at < message.Length;)
        {
            var key = Varint(message.Span, ref at);
            var (number, length) = (key & 7) switch
            {
                0 => (Varint(message.Span, ref at), 0),
                1 => (BinaryPrimitives.ReadUInt64LittleEndian(message.Span[at..]), 8),
                2 => (0UL, (int)Varint(message.Span, ref at)),
                5 => (BinaryPrimitives.ReadUInt32LittleEndian(message.Span[at..]), 4),
                var type => throw new InvalidDataException($"The wire type {type} is unknown."),
            };
            fields.Add(((int)(key >> 3), number, message.Slice(at, length)));
            at += length;
        }

        return fields;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
    }
}
