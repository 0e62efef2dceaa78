using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace Serverless.Functions.Hosting;

/// <summary>What a JSON document must be beyond its grammar, so that nobody trips over it later: of valid Unicode, each name once.</summary>
internal static partial class JsonText
{
    /// <summary>Whether all names and strings are valid Unicode: UTF-8 without errors, and no escape of half a surrogate pair.</summary>
    /// <param name="document">Valid JSON by its grammar.</param>
    public static bool IsUnicode(ReadOnlySpan<byte> document)
    {
        if (!Utf8.IsValid(document)) return false;
        // Only an escape of a surrogate can be half of one, and hardly any document has one.
        if (document.IndexOf("\\ud"u8) < 0 && document.IndexOf("\\uD"u8) < 0) return true;
        var json = new Utf8JsonReader(document, new JsonReaderOptions { MaxDepth = 64 });
        try
        {
            while (json.Read())
            {
                if (json.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && json.ValueIsEscaped) _ = json.GetString();
            }
        }
        catch (InvalidOperationException)
        {
            return false;
        }

        return true;
    }

    /// <summary>Whether objects and arrays stand in one another in more levels, as far as the bytes are JSON.</summary>
    public static bool IsDeeperThan(ReadOnlySpan<byte> document, int levels)
    {
        var json = new Utf8JsonReader(document, new JsonReaderOptions { MaxDepth = levels + 1 });
        try
        {
            while (json.Read())
            {
                if (json.CurrentDepth >= levels && json.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) return true;
            }
        }
        catch (JsonException)
        {
            // What stands there is told elsewhere.
        }

        return false;
    }

    /// <summary>The path of the first name that comes twice in its object, for example <c>messages[0].role</c>; null when there is none.</summary>
    public static string? FindDuplicate(ReadOnlySpan<byte> document)
    {
        var json = new Utf8JsonReader(document, new JsonReaderOptions { MaxDepth = 64 });
        var levels = new Stack<(HashSet<string>? Names, string Path, int Item)>();
        var at = "";
        while (json.Read())
        {
            switch (json.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    levels.Push((json.TokenType == JsonTokenType.StartObject ? new HashSet<string>(StringComparer.Ordinal) : null, Place(levels, at), -1));
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    levels.Pop();
                    break;
                case JsonTokenType.PropertyName:
                    at = json.GetString()!;
                    if (!levels.Peek().Names!.Add(at)) return Join(levels.Peek().Path, at);
                    break;
                default:
                    Place(levels, at);
                    break;
            }
        }

        return null;
    }

    /// <summary>Where a value stands, counted on where it stands in a list.</summary>
    private static string Place(Stack<(HashSet<string>? Names, string Path, int Item)> levels, string name)
    {
        if (levels.Count == 0) return "";
        var level = levels.Pop();
        if (level.Names is null) level.Item++;
        levels.Push(level);
        return level.Names is null ? $"{level.Path}[{level.Item}]" : Join(level.Path, name);
    }

    private static string Join(string path, string name)
    {
        // Names are the caller's words: what is no field's name is not repeated.
        var shown = FieldName().IsMatch(name) ? name : "?";
        return path.Length == 0 ? shown : $"{path}.{shown}";
    }

    [GeneratedRegex(@"^[A-Za-z_$][\w$-]{0,63}\z", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex FieldName();
}
