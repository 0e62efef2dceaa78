using System.Text;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Constraints;

/// <summary>A vocabulary made for awkward JSON: all bytes, and pieces that run over the borders of strings, names, numbers and characters.</summary>
internal sealed class JsonVocabulary : ITokenizer
{
    private static readonly string[] Pieces =
    [
        "{\"", "\":", "\": \"", "\",\"", "\", \"", "\"}", "\"}}", "\"]}", "},{", "[]", "{}", "[[", "]]", ", ", ",\n  ", "\n    ", ": ", "true", "false", "null", "tr", "ue,",
        "12", "3.5", "-1", "0.", "e+", "1e5", "00", "é", "日本", "🌱", "a", "name", "\"name\"", "ab", "id", "\"id\":", "tag", "abc\"", "x\"]", "\\n", "\\\"", "\\u00", " {", " [", " \"", "  ",
        "red", "\"red\"", "green\",", "blue", "\ud7ff", "value", "kind", "\"kind\":\"",
    ];

    private readonly byte[][] _tokens = [[], [], [], .. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), .. Pieces.Select(Encoding.UTF8.GetBytes), [0xE2, 0x96], [0x80, (byte)'"']];

    public int VocabularySize => _tokens.Length;

    public int? BosId => 1;

    public int EosId => 2;

    public byte[]? BytesOf(int id) => _tokens[id] is { Length: > 0 } bytes ? bytes : null;

    public string Decode(ReadOnlySpan<int> ids)
    {
        var bytes = new List<byte>();
        foreach (int id in ids)
            bytes.AddRange(_tokens[id]);

        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString([.. bytes]);
    }

    /// <summary>Single bytes: all that a test needs.</summary>
    public int[] Encode(string text) => [.. Encoding.UTF8.GetBytes(text).Select(value => 3 + value)];

    public IStreamingDecoder CreateStreamingDecoder() => new Decoder(this);

    /// <summary>Whole characters as they come; broken ones as U+FFFD.</summary>
    private sealed class Decoder(JsonVocabulary vocabulary) : IStreamingDecoder
    {
        private readonly System.Text.Decoder _decoder = Encoding.UTF8.GetDecoder();

        public string Append(int id)
        {
            var characters = new char[64];
            return new string(characters, 0, _decoder.GetChars(vocabulary._tokens[id], characters, flush: false));
        }

        public string Flush() => "";
    }
}
