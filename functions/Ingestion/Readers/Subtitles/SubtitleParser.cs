using System.Globalization;
using System.Text.RegularExpressions;

namespace Serverless.Functions.Ingestion.Readers.Subtitles;

/// <summary>Finds the cues of SubRip and WebVTT (W3C WebVTT, section 4): a line of times, and the lines after it up to a blank one.</summary>
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
            if (StartOf(line) is { } start)
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
        if (!line.Contains("-->", StringComparison.Ordinal) || Times().Match(line) is not { Success: true } times) return null;
        return new TimeSpan(0, Whole(times.Groups[1]), Whole(times.Groups[2]), Whole(times.Groups[3]));
    }

    private static int Whole(Group group) => group.Length == 0 ? 0 : int.Parse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    // Hours may be left out; SubRip parts the milliseconds by a comma.
    [GeneratedRegex(@"^(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,]\d{1,9})?\s*-->\s*[\d:.,]+", RegexOptions.NonBacktracking)]
    private static partial Regex Times();
}
