using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Serverless.Functions.Hosting;

/// <summary>
/// JSON written without an object in between, as bytes of exactly its length. A <see cref="Utf8JsonWriter"/> asks its buffer for 4 KB at a time, so each thread
/// keeps one, which is wiped after use, and what was written is copied. The writer does not check nesting.
/// </summary>
internal static class JsonBytes
{
    private const int Kept = 64 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _bytes;

    [ThreadStatic]
    private static Utf8JsonWriter? _json;

    /// <param name="write">Writes one value from <paramref name="state"/>; may use <see cref="Of"/> itself.</param>
    public static ReadOnlyMemory<byte> Of<TState>(TState state, Action<Utf8JsonWriter, TState> write)
    {
        var bytes = _bytes ?? new ArrayBufferWriter<byte>(8 * 1024);
        var json = _json ?? new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        (_bytes, _json) = (null, null);
        json.Reset(bytes);
        write(json, state);
        json.Flush();
        var written = bytes.WrittenSpan.ToArray();
        bytes.Clear();
        // A long answer's buffer is not held for ever, nor one in which a writer failed.
        if (bytes.Capacity <= Kept) (_bytes, _json) = (bytes, json);
        return written;
    }
}
