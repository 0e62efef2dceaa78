using System.Globalization;
using System.Text.RegularExpressions;

namespace Serverless.Documents.Subtitles;

/// <summary>
/// Finds the cues of SubRip, WebVTT (W3C WebVTT, section 4) and YouTube's own format: a line of times, and the lines after it up to a blank one; and of SubStation Alpha, a line each.
/// </summary>
internal static partial class SubtitleParser
{
    /// <param name="text">With \n line ends.</param>
    public static List<SubtitleCue> Parse(string text, ReadingScope scope)
    {
        var isWebVtt = text.AsSpan().TrimStart('\uFEFF').StartsWith("WEBVTT", StringComparison.Ordinal);
        var cues = new List<SubtitleCue>();
        var lines = new List<string>();
        var isOpen = false;
        foreach (var raw in text.AsSpan().EnumerateLines())
        {
            scope.Check();
            var line = raw.Trim().ToString();
            // SubRip's own texts may hold blank lines; in WebVTT notes and styles may follow one, and one of spaces is none.
            if (raw.Length == 0 && isWebVtt) isOpen = false;
            if (line.Length == 0) continue;
            if (Dialogue().Match(line) is { Success: true } said)
            {
                cues.Add(new SubtitleCue(Start(said), Spoken(said.Groups[4].Value, said.Groups[5].Value)));
                isOpen = false;
            }
            else if (StartOf(line) is { } start)
            {
                // The line before is the cue's number or name.
                if (isOpen && lines.Count > 0 && IsNumber(lines[^1])) lines.RemoveAt(lines.Count - 1);
                cues.Add(new SubtitleCue(start, lines = []));
                isOpen = true;
            }
            else if (isOpen)
            {
                lines.Add(line);
            }
        }

        return cues;
    }

    private static bool IsNumber(string line) => !line.AsSpan().ContainsAnyExceptInRange('0', '9');

    private static TimeSpan? StartOf(string line)
    {
        var times = line.Contains("-->", StringComparison.Ordinal) ? Times().Match(line) : Pair().Match(line);
        return times.Success ? Start(times) : null;
    }

    private static TimeSpan Start(Match times) => new(0, Whole(times.Groups[1]), Whole(times.Groups[2]), Whole(times.Groups[3]));

    // \N and \n part lines there, \h is a space; who speaks has a field of his own.
    private static List<string> Spoken(string name, string text)
    {
        // What stands in braces changes how the rest looks; drawings are none of it.
        var plain = Drawing().Replace(text, string.Empty);
        plain = Overrides().Replace(plain, string.Empty).Replace("\\N", "\n", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\h", " ", StringComparison.Ordinal);
        var lines = plain.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToList();
        // As WebVTT says it; without a name it is nobody's, not the last one's.
        return lines.ConvertAll(line => $"<v {(string.IsNullOrWhiteSpace(name) ? " " : name.Trim())}>{line}");
    }

    private static int Whole(Group group) => group.Length == 0 ? 0 : int.Parse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    // Hours may be left out; SubRip parts the milliseconds by a comma.
    [GeneratedRegex(@"^(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,]\d{1,9})?\s*-->\s*[\d:.,]+", RegexOptions.NonBacktracking)]
    private static partial Regex Times();

    // YouTube's own: both times in one line.
    [GeneratedRegex(@"^(\d{1,4}):(\d{1,2}):(\d{1,2})\.\d{1,9},\d{1,4}:\d{1,2}:\d{1,2}\.\d{1,9}$", RegexOptions.NonBacktracking)]
    private static partial Regex Pair();

    // From \p1 on letters are lines of a drawing, up to \p0.
    [GeneratedRegex(@"\{[^{}]*\\p[1-9][^{}]*\}[^{}]*(?:\{[^{}]*\\p0[^{}]*\}|$)", RegexOptions.NonBacktracking)]
    private static partial Regex Drawing();

    [GeneratedRegex(@"\{[^{}]*\}", RegexOptions.NonBacktracking)]
    private static partial Regex Overrides();

    // "Dialogue: 0,0:00:01.00,0:00:04.00,Default,Ann,0,0,0,,Text": nine fields before it, none with a comma. Drawings are no text.
    [GeneratedRegex(@"^Dialogue:[^,]*,\s*(\d{1,4}):(\d{1,2}):(\d{1,2})(?:\.\d{1,9})?,[^,]*,[^,]*,([^,]*),[^,]*,[^,]*,[^,]*,[^,]*,(.*)$", RegexOptions.NonBacktracking)]
    private static partial Regex Dialogue();
}
