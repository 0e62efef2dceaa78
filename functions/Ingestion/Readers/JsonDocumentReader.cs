using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Serverless.Functions.Ingestion.Readers.Text;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>
/// JSON and JSON Lines: a line "path: value" for each value, a paragraph for each record, that is for each line or each item of the outermost array.
/// </summary>
public sealed partial class JsonDocumentReader : IDocumentReader
{
    private const int MaxDepth = 64;

    // Said again for each value below it.
    private const int MaxName = 200;

    public IReadOnlyList<string> Extensions { get; } = [".json", ".jsonl", ".ndjson", ".geojson"];

    public IReadOnlyList<string> MediaTypes { get; } = ["application/json", "text/json", "application/x-ndjson", "application/jsonl", "application/json-lines", "application/geo+json"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var bytes = Encoding.UTF8.GetBytes(TextDecoder.Decode(file.Content.Span, file.Charset));
        var builder = new ExtractedTextBuilder(scope);
        try
        {
            ReadValues(bytes, builder, scope);
        }
        catch (JsonException failure)
        {
            // Its message quotes the input.
            throw new DocumentRejectedException(
                $"The file is no JSON at line {(failure.LineNumber ?? 0) + 1}, byte {failure.BytePositionInLine ?? 0}, or is nested more than {MaxDepth} levels deep.");
        }

        return builder.Build();
    }

    private static void ReadValues(byte[] bytes, ExtractedTextBuilder builder, ReadingScope scope)
    {
        var options = new JsonReaderOptions { MaxDepth = MaxDepth, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, AllowMultipleValues = true };
        var reader = new Utf8JsonReader(new ReadOnlySequence<byte>(bytes), options);
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
                    path[^1] = (Text(ref reader), 0);
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

    // An escape that is itself not escaped: after an even number of backslashes.
    [GeneratedRegex(@"(?<!\\)((?:\\\\)*)(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})")]
    private static partial Regex HalfPair();

    private static string? Value(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => Text(ref reader),
        JsonTokenType.Number => Encoding.ASCII.GetString(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan),
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => null,
    };
}
