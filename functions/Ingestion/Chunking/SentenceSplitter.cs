namespace Serverless.Functions.Ingestion.Chunking;

/// <summary>Finds paragraphs, and sentences in them. Every character that is not white space falls into exactly one span.</summary>
internal static class SentenceSplitter
{
    /// <summary>What ends a sentence and nothing else, in the scripts that documents and answers are written in.</summary>
    internal const string Stops = ".!?。！？｡．؟۔।॥։።။។།";

    /// <summary>What may stand between such an end and the gap after it.</summary>
    internal const string Closers = "\"')]}»”’」』）】〉》";

    private const string Terminators = Stops + "…";

    // Scripts that put no space after a sentence.
    private const string Unspaced = "。！？｡．።။។།";

    // A line this short was not wrapped: what follows is a line of its own.
    private const int ShortLine = 60;

    // Words whose full stop ends no sentence.
    private static readonly HashSet<string> Abbreviations = new(StringComparer.OrdinalIgnoreCase)
    {
        "e.g", "i.e", "dr", "mr", "mrs", "ms", "st", "vs", "cf", "no", "nos", "fig", "approx", "ca", "al", "spp", "sp", "var", "prof", "vol", "pp",
    };

    /// <summary>Stretches between blank lines, trimmed.</summary>
    public static IEnumerable<TextSpan> Paragraphs(string text, TextSpan within)
    {
        var start = within.Start;
        var position = within.Start;
        while (position < within.End)
        {
            var lineEnd = LineEnd(text, position, within.End);
            if (IsBlank(text, position, lineEnd))
            {
                if (Trim(text, start, position) is { } paragraph) yield return paragraph;
                start = lineEnd;
            }

            position = Math.Min(lineEnd + 1, within.End);
        }

        if (Trim(text, start, within.End) is { } last) yield return last;
    }

    /// <summary>Sentences, trimmed; a line's end ends a sentence only where the line looks like an item or a row of its own.</summary>
    public static IEnumerable<TextSpan> Sentences(string text, TextSpan paragraph)
    {
        var start = paragraph.Start;
        for (var i = paragraph.Start; i < paragraph.End; i++)
        {
            if (!EndsSentence(text, start, ref i, paragraph.End)) continue;
            if (Trim(text, start, i + 1) is { } sentence) yield return sentence;
            start = i + 1;
        }

        if (Trim(text, start, paragraph.End) is { } last) yield return last;
    }

    private static bool EndsSentence(string text, int start, ref int i, int end)
    {
        var c = text[i];
        if (c == '\n') return StartsItem(text, i + 1, end, shortLine: i - LineStart(text, start, i) <= ShortLine);
        if (!Terminators.Contains(c)) return false;
        var last = i;
        while (last + 1 < end && (Terminators.Contains(text[last + 1]) || Closers.Contains(text[last + 1]))) last++;
        if (Unspaced.Contains(c))
        {
            i = last;
            return true;
        }

        if (last + 1 < end && !char.IsWhiteSpace(text[last + 1]))
        {
            // The dots that lead from a title to its page are looked at once.
            i = last;
            return false;
        }

        var next = last + 1;
        while (next < end && char.IsWhiteSpace(text[next])) next++;
        if (next < end && char.IsLower(text[next])) return false;
        if (c == '.' && last == i && IsAbbreviation(text, start, i)) return false;
        i = last;
        return true;
    }

    // "- x", "* x", "3. x", "a | b": lists and tables have no full stops to go by.
    private static bool StartsItem(string text, int at, int end, bool shortLine)
    {
        while (at < end && text[at] is ' ' or '\t') at++;
        if (at >= end) return false;
        if (text[at] is '-' or '*' or '•' or '|' or '+') return true;
        var digits = at;
        while (digits < end && char.IsAsciiDigit(text[digits])) digits++;
        if (digits > at && digits < end && text[digits] is '.' or ')') return true;
        return text.AsSpan(at, LineEnd(text, at, end) - at).Contains(" | ", StringComparison.Ordinal) || (shortLine && char.IsUpper(text[at]));
    }

    private static bool IsAbbreviation(string text, int start, int dot)
    {
        var word = dot;
        while (word > start && !char.IsWhiteSpace(text[word - 1]) && text[word - 1] is not '(' and not '[') word--;
        var length = dot - word;
        return (length == 1 && char.IsUpper(text[word])) || Abbreviations.Contains(text[word..dot]);
    }

    private static int LineEnd(string text, int from, int end)
    {
        var at = text.AsSpan(from, end - from).IndexOf('\n');
        return at < 0 ? end : from + at;
    }

    private static int LineStart(string text, int from, int at) => from + text.AsSpan(from, at - from).LastIndexOf('\n') + 1;

    private static bool IsBlank(string text, int start, int end) => text.AsSpan(start, end - start).IsWhiteSpace();

    private static TextSpan? Trim(string text, int start, int end)
    {
        while (start < end && char.IsWhiteSpace(text[start])) start++;
        while (end > start && char.IsWhiteSpace(text[end - 1])) end--;
        return end > start ? new TextSpan(start, end) : null;
    }
}
