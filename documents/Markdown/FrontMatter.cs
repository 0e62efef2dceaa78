using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Serverless.Documents.Markdown;

/// <summary>
/// YAML, TOML, JSON or Pandoc's title block before a Markdown text. As in Pandoc, a first line of dashes opens it only when no blank line follows; and as a thematic break may
/// stand there too, what it encloses must look like YAML: lines of "key: value", items and comments, with at least one key.
/// </summary>
internal static partial class FrontMatter
{
    private const int MaxLines = 500;
    private const int MaxTitleLines = 20;
    private const int MaxRemarks = 20;
    private const int MaxJson = 64 * 1024;

    /// <summary>The title in it, where there is one, and the text without it.</summary>
    public static (string? Title, string Body) Split(string text)
    {
        if (text.StartsWith("{\n", StringComparison.Ordinal)) return SplitJson(text);
        if (text.StartsWith("% ", StringComparison.Ordinal)) return SplitTitleBlock(text);
        var start = Start(text);
        // Where remarks or blank lines stand before it, it has a key as programs have it: people begin a word at a rule with a capital.
        return Enclosed(text, start) is { } found && (start == 0 || found.IsForPrograms) ? (found.Title, text[found.End..]) : (null, text);
    }

    // After blank lines and remarks, as formatters and licences leave them above it.
    private static int Start(string text)
    {
        var at = 0;
        for (var i = 0; i < MaxRemarks; i++)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
            if (!text.AsSpan(at).StartsWith("<!--", StringComparison.Ordinal)) break;
            var end = text.IndexOf("-->", at + 4, StringComparison.Ordinal);
            if (end < 0) return 0;
            at = end + 3;
        }

        return at > 0 && text[at - 1] == '\n' ? at : 0;
    }

    // Null where what begins there encloses none.
    private static (string? Title, int End, bool IsForPrograms)? Enclosed(string text, int start)
    {
        if (LineAt(text, start) is not { } first || Opening().Match(first.Line.TrimEnd()) is not { Success: true } opening) return null;
        var fence = opening.Groups["fence"].Value;
        if (fence == ";;;" || opening.Groups["object"].Success) return EnclosedObject(text, first.Next, fence);
        var (keys, isForPrograms) = (0, false);
        string? title = null, quoted = null;
        var at = first.Next;
        for (var i = 0; i < MaxLines && LineAt(text, at) is { } line; i++, at = line.Next)
        {
            var trimmed = line.Line.TrimEnd();
            if (quoted is not null)
            {
                if (trimmed.Contains(quoted, StringComparison.Ordinal)) quoted = null;
                continue;
            }

            if (trimmed == fence || (fence == "---" && trimmed == "...")) return keys > 0 ? (title, line.Next, isForPrograms) : null;
            if (i == 0 && trimmed.Length == 0) return null;
            if (Key().IsMatch(trimmed)) keys++;
            else if (trimmed.Length > 0 && !Continuation().IsMatch(trimmed)) return null;
            isForPrograms |= ProgramsKey().IsMatch(trimmed);
            if (fence == "+++") quoted = OpenText(trimmed);
            if (Title().Match(trimmed) is { Success: true } match) title ??= Value(match.Groups[1].Value.Trim(), text, line.Next);
        }

        return null;
    }

    // TOML's texts of several lines (TOML 1.0, "String").
    private static string? OpenText(string line) => Array.Find(["\"\"\"", "'''"], marks => line.Split(marks).Length % 2 == 0);

    // An object of JSON or JavaScript between fences, as Eleventy and Hexo have it.
    private static (string? Title, int End, bool IsForPrograms)? EnclosedObject(string text, int at, string fence)
    {
        string? title = null;
        for (var i = 0; i < MaxLines && LineAt(text, at) is { } line; i++, at = line.Next)
        {
            var trimmed = line.Line.Trim();
            if (i > 0 && trimmed == fence) return (title, line.Next, true);
            if (i == 0 && trimmed is not ['{' or '"', ..]) return null;
            if (Member().Match(trimmed) is { Success: true } match) title ??= Quoted(match.Groups[1].Value);
        }

        return null;
    }

    // In quotes, as YAML folds it over the lines below, or up to a remark.
    private static string? Value(string value, string text, int next)
    {
        if (value is ['>' or '|', ..] && value.Length <= 2)
        {
            var lines = new List<string>();
            while (lines.Count < MaxLines && LineAt(text, next) is { Line: [' ' or '\t', ..] } line)
            {
                lines.Add(line.Line.Trim());
                next = line.Next;
            }

            value = string.Join(' ', lines);
        }
        else if (value is ['"' or '\'', ..])
        {
            value = Quoted(value);
        }
        else if (value.IndexOf(" #", StringComparison.Ordinal) is > 0 and var remark)
        {
            value = value[..remark].TrimEnd();
        }

        return value.Length > 0 ? value : null;
    }

    // Up to the closing mark: a backslash escapes within double ones, a second one within single ones (YAML 1.2, section 7.3).
    private static string Quoted(string value)
    {
        var text = new StringBuilder();
        for (var i = 1; i < value.Length; i++)
        {
            var isEscape = i + 1 < value.Length && (value[0] == '"' ? value[i] == '\\' : value[i] == '\'' && value[i + 1] == '\'');
            if (isEscape) i++;
            else if (value[i] == value[0]) break;
            text.Append(value[i]);
        }

        return text.ToString().Trim();
    }

    // As Pandoc reads it: title, authors and date behind percent signs, each perhaps over several lines, and a blank one.
    private static (string? Title, string Body) SplitTitleBlock(string text)
    {
        var (fields, at) = (new List<string>(), 0);
        for (var i = 0; i < MaxTitleLines && LineAt(text, at) is { } line && line.Line is ['%', ..] or [' ', ..]; i++)
        {
            if (line.Line[0] == '%') fields.Add(line.Line[1..].Trim());
            else fields[^1] = $"{fields[^1]} {line.Line.Trim()}";
            at = line.Next;
            if (fields.Count > 3) return (null, text);
        }

        var isBlock = at >= text.Length || text[at] == '\n';
        return isBlock && fields[0].Length > 0 ? (fields[0], text[at..]) : (null, text);
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

    [GeneratedRegex("""^["']?[\p{L}_$@/][\w .$@/:-]{0,80}["']?\s*(:(\s|$)|=)""", RegexOptions.NonBacktracking)]
    private static partial Regex Key();

    [GeneratedRegex(@"^[a-z][\w-]*[ \t]*[:=]", RegexOptions.NonBacktracking)]
    private static partial Regex ProgramsKey();

    // Indented, an item, a comment, a bracket.
    [GeneratedRegex("""^(\s|-(\s|$)|#(?!#)|[\[\]{}])""")]
    private static partial Regex Continuation();

    [GeneratedRegex("""^title\s*[:=]\s*(.+)$""", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Title();

    [GeneratedRegex(@"^(?<fence>---|\+\+\+|;;;)(?:(?<object>json|js|javascript)|yaml|yml|toml)?$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Opening();

    [GeneratedRegex("""^\{?\s*["']?title["']?\s*:\s*(["'].+)$""", RegexOptions.NonBacktracking)]
    private static partial Regex Member();
}
