using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>
/// YAML, TOML or JSON before a Markdown text. As in Pandoc, a first line of dashes opens it only when no blank line follows; and as a thematic break may
/// stand there too, what it encloses must look like YAML: lines of "key: value", items and comments, with at least one key.
/// </summary>
internal static partial class FrontMatter
{
    private const int MaxLines = 500;
    private const int MaxJson = 64 * 1024;

    /// <summary>The title in it, where there is one, and the text without it.</summary>
    public static (string? Title, string Body) Split(string text)
    {
        if (text.StartsWith("{\n", StringComparison.Ordinal)) return SplitJson(text);
        var fence = text.StartsWith("---", StringComparison.Ordinal) ? "---" : text.StartsWith("+++", StringComparison.Ordinal) ? "+++" : null;
        if (fence is null || LineAt(text, 0) is not { } first || first.Line.TrimEnd() != fence) return (null, text);
        var keys = 0;
        string? title = null;
        var at = first.Next;
        for (var i = 0; i < MaxLines && LineAt(text, at) is { } line; i++, at = line.Next)
        {
            var trimmed = line.Line.TrimEnd();
            if (trimmed == fence || (fence == "---" && trimmed == "...")) return keys > 0 ? (title, text[line.Next..]) : (null, text);
            if (i == 0 && trimmed.Length == 0) return (null, text);
            if (Key().IsMatch(trimmed)) keys++;
            else if (trimmed.Length > 0 && !Continuation().IsMatch(trimmed)) return (null, text);
            if (Title().Match(trimmed) is { Success: true } match) title ??= match.Groups[1].Value.Trim().Trim('"', '\'') is { Length: > 0 } value ? value : null;
        }

        return (null, text);
    }

    // As Hugo reads it: an object that ends with its line.
    private static (string? Title, string Body) SplitJson(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text[..Math.Min(text.Length, MaxJson)]);
        var reader = new Utf8JsonReader(bytes, isFinalBlock: false, default);
        try
        {
            if (!JsonDocument.TryParseValue(ref reader, out var json)) return (null, text);
            using (json)
            {
                var end = Encoding.UTF8.GetCharCount(bytes, 0, (int)reader.BytesConsumed);
                if (end < text.Length && text[end] != '\n') return (null, text);
                return (json.RootElement.TryGetProperty("title", out var title) && title.ValueKind == JsonValueKind.String ? title.GetString() : null, text[end..]);
            }
        }
        catch (JsonException)
        {
            return (null, text);
        }
    }

    private static (string Line, int Next)? LineAt(string text, int at)
    {
        if (at >= text.Length) return null;
        var end = text.IndexOf('\n', at);
        return end < 0 ? (text[at..], text.Length) : (text[at..end], end + 1);
    }

    [GeneratedRegex("""^["']?[A-Za-z_][\w .-]{0,80}["']?\s*(:(\s|$)|=)""", RegexOptions.NonBacktracking)]
    private static partial Regex Key();

    // Indented, an item, a comment, a bracket.
    [GeneratedRegex("""^(\s|-(\s|$)|#(?!#)|[\[\]{}])""")]
    private static partial Regex Continuation();

    [GeneratedRegex("""^title\s*[:=]\s*(.+)$""", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Title();
}
