using System.Text;
using System.Text.RegularExpressions;
using Serverless.Documents.Encodings;

namespace Serverless.Documents;

/// <summary>
/// Calendars (iCalendar, RFC 5545) and cards (vCard, RFC 6350 and 2426): lines "NAME: value" with what their format folds and escapes undone, a paragraph for each event, task or card. Pictures and definitions of time zones go.
/// </summary>
public sealed partial class ContentLinesReader : IDocumentReader
{
    public IReadOnlyList<string> Extensions { get; } = [".ics", ".ical", ".ifb", ".vcf", ".vcard", ".vcs"];

    public IReadOnlyList<string> MediaTypes { get; } = ["text/calendar", "text/vcard", "text/x-vcard", "text/directory", "text/x-vcalendar"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var text = TextDecoder.Decode(file.Content.Span, file.Charset);
        scope.CheckText(text.Length);
        var builder = new ExtractedTextBuilder(scope);
        var zone = false;
        foreach (var line in Unfolded(text))
        {
            if (Content().Match(line) is not { Success: true } content)
            {
                builder.AddBlock(line, apart: false);
                continue;
            }

            var (name, value) = (content.Groups["name"].Value.ToUpperInvariant(), content.Groups["value"].Value);
            var isZone = value.Equals("VTIMEZONE", StringComparison.OrdinalIgnoreCase);
            if (name == "BEGIN") (zone, _) = (zone || isZone, Part(builder));
            else if (name == "END") (zone, _) = (zone && !isZone, Part(builder));
            else if (!zone && Value(value, content.Groups["parameters"].Value) is { Length: > 0 } said) builder.AddBlock($"{content.Groups["name"].Value}{Shown(content.Groups["parameters"].Value)}: {said}", apart: false);
        }

        return builder.Build();
    }

    private static bool Part(ExtractedTextBuilder builder)
    {
        builder.AddGap();
        return true;
    }

    // RFC 5545, section 3.1: a line that begins with a space or a tab goes on the one before it, without it. In vCard 2.1 what ends with = goes on in the next.
    private static IEnumerable<string> Unfolded(string text)
    {
        var line = new StringBuilder();
        var isQuoted = false;
        foreach (var next in text.Split('\n'))
        {
            if (next is [' ' or '\t', ..] && line.Length > 0)
            {
                line.Append(next.AsSpan(1));
                continue;
            }

            if (isQuoted && line is [.., '='])
            {
                line.Length--;
                line.Append(next);
                continue;
            }

            if (line.Length > 0) yield return line.ToString();
            line.Clear().Append(next.TrimEnd());
            isQuoted = Quoted().IsMatch(next);
        }

        if (line.Length > 0) yield return line.ToString();
    }

    // Null for pictures, sounds and keys.
    private static string? Value(string value, string parameters)
    {
        if (Binary().IsMatch(parameters) || Data().IsMatch(value)) return null;
        if (Quoted().IsMatch(parameters + ":")) value = Decoded(value, CharsetName().Match(parameters) is { Success: true } match ? match.Groups[1].Value : null);
        return Escape().Replace(value, escape => escape.ValueSpan[1] is 'n' or 'N' ? "\n" : escape.Value[1..]).ReplaceLineEndings("\n").Trim();
    }

    // Of the parameters what says something of the value: a zone, a type, a language.
    private static string Shown(string parameters) => Encoded().Replace(parameters, string.Empty);

    private static string Decoded(string value, string? charset)
    {
        var bytes = new List<byte>(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '=' && i + 2 < value.Length && char.IsAsciiHexDigit(value[i + 1]) && char.IsAsciiHexDigit(value[i + 2]))
            {
                bytes.Add(Convert.ToByte(value.Substring(i + 1, 2), 16));
                i += 2;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(value, i, 1));
            }
        }

        try
        {
            return TextDecoder.Decode(bytes.ToArray(), charset);
        }
        catch (DocumentRejectedException)
        {
            return value;
        }
    }

    [GeneratedRegex(@"^(?:[\w-]+\.)?(?<name>[A-Za-z][\w-]*)(?<parameters>(?:;(?:[^"":;]|""[^""]*"")*)*):(?<value>.*)$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Content();

    [GeneratedRegex(@"^[^:]*;(?:ENCODING=)?QUOTED-PRINTABLE[;:]", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Quoted();

    [GeneratedRegex(@";(?:ENCODING=)?(?:B|BASE64)(?:;|$)", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Binary();

    [GeneratedRegex(@"^data:[^,]*;base64,", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Data();

    [GeneratedRegex(@";CHARSET=""?([\w.-]+)", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex CharsetName();

    [GeneratedRegex(@";(?:(?:ENCODING=)?QUOTED-PRINTABLE|CHARSET=[^;]*)", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Encoded();

    [GeneratedRegex(@"\\[nN,;:\\]", RegexOptions.NonBacktracking)]
    private static partial Regex Escape();
}
