using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Serverless.Documents.Encodings;

namespace Serverless.Documents.Subtitles;

/// <summary>
/// SubRip and WebVTT: what is said, joined to sentences, under a heading "hh:mm:ss" about every minute, which is its place in the recording. Names of speakers
/// stand before what they say; marks, positions and notes go.
/// </summary>
public sealed partial class SubtitleReader : IDocumentReader
{
    private static readonly TimeSpan Passage = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPassage = TimeSpan.FromMinutes(2);

    public IReadOnlyList<string> Extensions { get; } = [".srt", ".vtt", ".sbv", ".ass", ".ssa"];

    public IReadOnlyList<string> MediaTypes { get; } = ["text/vtt", "application/x-subrip", "application/srt", "text/srt"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var text = TextDecoder.Decode(file.Content.Span, file.Charset);
        scope.CheckText(text.Length);
        var cues = SubtitleParser.Parse(text, scope);
        if (cues.Count == 0) throw new DocumentRejectedException("The file holds no subtitles: no line has times (00:00:01,000 --> 00:00:02,000).");
        var builder = new ExtractedTextBuilder(scope);
        AddSpeech(cues, builder);
        // A time is no title.
        return builder.Build() with { Title = null };
    }

    private static void AddSpeech(List<SubtitleCue> cues, ExtractedTextBuilder builder)
    {
        var (rolls, names) = (Rolls(cues), NamesSpeakers(cues));
        var speech = new StringBuilder();
        TimeSpan? begun = null;
        var speaker = string.Empty;
        IReadOnlyList<string> last = [];
        var marks = cues.Exists(cue => cue.Lines.Any(line => Voice().IsMatch(line)));
        foreach (var cue in cues)
        {
            // A voice is its cue's; a name at the beginning of what is said holds until another comes.
            var cueVoice = string.Empty;
            var lines = rolls ? cue.Lines.Skip(Repeated(last, cue.Lines)) : cue.Lines;
            if (cue.Lines.Count > 0) last = cue.Lines;
            foreach (var line in lines)
            {
                var said = Plain(line);
                var voice = Voice().Match(line) is { Success: true } marked ? cueVoice = Plain(marked.Groups[1].Value) : marks ? cueVoice : speaker;
                if (names && Name().Match(said) is { Success: true } named) (voice, said) = (named.Groups[1].Value, said[named.Length..]);
                if (said.Length == 0) continue;
                if (begun is null || IsOver(cue.Start - begun.Value, speech))
                {
                    Flush();
                    begun = cue.Start;
                    builder.AddHeading(1, string.Create(CultureInfo.InvariantCulture, $"{(int)cue.Start.TotalHours:00}:{cue.Start:mm\\:ss}"));
                    speaker = string.Empty;
                }

                if (voice != speaker || said[0] is '-' or '–' or '—') Flush();
                if (speech.Length > 0) speech.Append(' ');
                else if (voice.Length > 0) speech.Append(voice).Append(": ");
                speech.Append(said);
                speaker = voice;
            }
        }

        Flush();

        void Flush()
        {
            builder.AddBlock(speech.ToString(), apart: false);
            speech.Clear();
        }
    }

    private static bool IsOver(TimeSpan length, StringBuilder speech) =>
        length >= LongestPassage || (length >= Passage && (speech.Length == 0 || speech[^1] is '.' or '!' or '?' or '…' or '"' or '”' or '。' or '！' or '？'));

    // As meetings are written down: "Ann Lee: Hello." Where most begin so, it is no word of what is said.
    private static bool NamesSpeakers(List<SubtitleCue> cues) => cues.Count(cue => cue.Lines.Count > 0 && Name().IsMatch(Plain(cue.Lines[0]))) * 2 > cues.Count;

    // Captions that were made while somebody spoke show each line twice: as it is said, and above the next.
    private static bool Rolls(List<SubtitleCue> cues) => cues.Count > 2 && cues.Zip(cues.Skip(1)).Count(pair => Repeated(pair.First.Lines, pair.Second.Lines) > 0) * 3 > cues.Count;

    private static int Repeated(IReadOnlyList<string> last, IReadOnlyList<string> lines)
    {
        for (var count = Math.Min(last.Count, lines.Count); count > 0; count--)
        {
            if (last.Skip(last.Count - count).Select(Plain).SequenceEqual(lines.Take(count).Select(Plain), StringComparer.Ordinal)) return count;
        }

        return 0;
    }

    private static string Plain(string line) => ExtractedTextBuilder.OneLine(WebUtility.HtmlDecode(Marks().Replace(line, string.Empty))).Trim('\u200E', '\u200F', ' ');

    // Tags, times within a line, readings of characters, and SubStation's positions.
    [GeneratedRegex(@"<rt>[^<]*</rt>|</?[A-Za-z][^<>]*>|</?>|<\d[\d:.]*>|\{\\[^{}]*\}", RegexOptions.NonBacktracking)]
    private static partial Regex Marks();

    [GeneratedRegex(@"^(\p{L}[\p{L}\p{M}\p{N} .'’()_-]{0,48}): +", RegexOptions.NonBacktracking)]
    private static partial Regex Name();

    [GeneratedRegex(@"^<v(?:\.[^\s<>]*)?\s+([^<>]+)>", RegexOptions.NonBacktracking)]
    private static partial Regex Voice();
}
