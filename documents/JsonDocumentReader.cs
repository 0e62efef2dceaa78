using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Serverless.Documents.Encodings;

namespace Serverless.Documents;

/// <summary>
/// JSON and JSON Lines: a line "path: value" for each value, a paragraph for each record, that is for each line or each item of the outermost array.
/// </summary>
public sealed partial class JsonDocumentReader : IDocumentReader
{
    private const int MaxDepth = 64;

    // Said again for each value below it.
    private const int MaxName = 200;

    // Lines that are none, more than those that are.
    private const int MaxBroken = 1000;

    // Shorter ones are keys and hashes, which somebody may look for.
    private const int MinPacked = 512;

    private static readonly SearchValues<char> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=\r\n");

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, AllowMultipleValues = true };

    public IReadOnlyList<string> Extensions { get; } = [".json", ".jsonl", ".ndjson", ".geojson", ".jsonld", ".arb", ".avsc", ".har", ".topojson", ".webmanifest"];

    public IReadOnlyList<string> MediaTypes { get; } = ["application/json", "text/json", "application/x-ndjson", "application/jsonl", "application/json-lines", "application/geo+json"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var text = TextDecoder.Decode(file.Content.Span, file.Charset);
        JsonException? first = null;
        foreach (var attempt in Attempts(text, IsLines(file)))
        {
            try
            {
                var builder = new ExtractedTextBuilder(scope);
                attempt(builder, scope);
                return builder.Build();
            }
            catch (JsonException failure)
            {
                first ??= failure;
            }
        }

        // Its message quotes the input.
        throw new DocumentRejectedException(
            $"The file is no JSON at line {(first!.LineNumber ?? 0) + 1}, byte {first.BytePositionInLine ?? 0}, or is nested more than {MaxDepth} levels deep.");
    }

    private static IEnumerable<Action<ExtractedTextBuilder, ReadingScope>> Attempts(string text, bool isLines)
    {
        yield return (builder, scope) => ReadValues(Encoding.UTF8.GetBytes(text), builder, scope);
        // Python and JavaScript write what is no number so, which JSON does not know.
        var named = text.Contains("NaN", StringComparison.Ordinal) || text.Contains("Infinity", StringComparison.Ordinal)
            ? NoNumber().Replace(text, match => match.Value[0] == '"' ? match.Value : $"\"{match.Value}\"")
            : text;
        if (!ReferenceEquals(named, text)) yield return (builder, scope) => ReadValues(Encoding.UTF8.GetBytes(named), builder, scope);
        if (isLines) yield return (builder, scope) => ReadLines(Encoding.UTF8.GetBytes(named), builder, scope);
    }

    private static bool IsLines(DocumentFile file) => file.Extension is ".jsonl" or ".ndjson" || file.MediaType is "application/x-ndjson" or "application/jsonl" or "application/json-lines";

    // A last line that was cut off, or one that something else wrote, does not take the others with it: it stays as it is. A file of nothing else is none.
    private static void ReadLines(byte[] bytes, ExtractedTextBuilder builder, ReadingScope scope)
    {
        var (read, broken) = (0, 0);
        for (var at = 0; at < bytes.Length;)
        {
            var end = bytes.AsSpan(at).IndexOf((byte)'\n') is >= 0 and var found ? at + found : bytes.Length;
            var record = bytes.AsSpan(at, end - at).Trim(" \t"u8);
            at = end + 1;
            if (record.IsEmpty) continue;
            builder.AddGap();
            try
            {
                // Before anything of it is written down.
                Check(record);
                ReadValues(record.ToArray(), builder, scope);
                read++;
            }
            catch (JsonException)
            {
                // Each costs an exception.
                if (++broken > read + MaxBroken) throw;
                builder.AddBlock(Encoding.UTF8.GetString(record), apart: false);
            }
        }

        if (broken >= read) throw new JsonException();
    }

    private static void Check(ReadOnlySpan<byte> record)
    {
        var reader = new Utf8JsonReader(record, Options);
        while (reader.Read())
        {
        }
    }

    private static void ReadValues(byte[] bytes, ExtractedTextBuilder builder, ReadingScope scope)
    {
        var reader = new Utf8JsonReader(new ReadOnlySequence<byte>(bytes), Options);
        var path = new List<(string? Name, int Index)>();
        var records = 0;
        while (reader.Read())
        {
            scope.CountElement();
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray:
                    Next(path);
                    path.Add((null, -1));
                    break;
                case JsonTokenType.StartObject:
                    Next(path);
                    // A record of its own: a line of JSON Lines, an item of the outermost array.
                    if (path.Count == 0 || path is [(null, _)]) Part(builder, records++);
                    path.Add((string.Empty, 0));
                    break;
                case JsonTokenType.EndArray or JsonTokenType.EndObject:
                    path.RemoveAt(path.Count - 1);
                    break;
                case JsonTokenType.PropertyName:
                    path[^1] = (Plain(Text(ref reader)), 0);
                    break;
                default:
                    Next(path);
                    if (Value(ref reader) is { Length: > 0 } value) builder.AddBlock(Label(path) + value, apart: false);
                    break;
            }
        }
    }

    private static void Part(ExtractedTextBuilder builder, int records)
    {
        if (records > 0) builder.AddGap();
    }

    private static void Next(List<(string? Name, int Index)> path)
    {
        if (path.Count > 0 && path[^1] is (null, var index)) path[^1] = (null, index + 1);
    }

    // Names only: "care.water: weekly". A number would differ for every item that says the same.
    private static string Label(List<(string? Name, int Index)> path)
    {
        var label = string.Join('.', path.Where(step => !string.IsNullOrEmpty(step.Name)).Select(step => step.Name!.Length > MaxName ? step.Name[..MaxName] : step.Name));
        return label.Length == 0 ? string.Empty : label + ": ";
    }

    // Escapes may stand for what no text holds: terminals' codes, NUL.
    private static string Plain(string text) => text.AsSpan().ContainsAnyInRange('\0', '\u0008') || text.AsSpan().ContainsAnyInRange('\u000E', '\u001F')
        ? string.Concat(TerminalText.Plain(text).Where(c => c >= ' ' || char.IsWhiteSpace(c)))
        : text;

    // Pictures and files in base64 (RFC 4648): letters of both cases, figures and nothing between them.
    private static bool IsPacked(string text)
    {
        if (text.Length < MinPacked) return false;
        var data = text.StartsWith("data:", StringComparison.Ordinal) && text.IndexOf(";base64,", StringComparison.Ordinal) is > 0 and < 100 and var at ? text.AsSpan(at + ";base64,".Length) : text;
        return !data.ContainsAnyExcept(Base64) && data.ContainsAnyInRange('A', 'Z') && data.ContainsAnyInRange('a', 'z') && data.ContainsAnyInRange('0', '9');
    }

    // Half of a pair of surrogates, which other writers escape without a word, is no text; the rest of its value is.
    private static string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            var escaped = Encoding.UTF8.GetString(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan);
            return JsonSerializer.Deserialize<string>($"\"{HalfPair().Replace(escaped, "$1\\ufffd")}\"")!;
        }
    }

    [GeneratedRegex(@"""(?:[^""\\]|\\.)*""|-?\b(?:NaN|Infinity)\b", RegexOptions.NonBacktracking)]
    private static partial Regex NoNumber();

    // An escape that is itself not escaped: after an even number of backslashes.
    [GeneratedRegex(@"(?<!\\)((?:\\\\)*)(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})")]
    private static partial Regex HalfPair();

    private static string? Value(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => Text(ref reader) is var text && IsPacked(text) ? null : Plain(text),
        JsonTokenType.Number => Encoding.ASCII.GetString(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan),
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => null,
    };
}
