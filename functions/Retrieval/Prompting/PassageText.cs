using System.Text;
using Serverless.Contracts;
using Serverless.Functions.Ingestion.Chunking;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Retrieval.Prompting;

/// <summary>A chunk as it stands in a prompt: one paragraph, every line a sentence, no control tag in it.</summary>
internal static class PassageText
{
    private const string Terminators = SentenceSplitter.Stops + "…:;：；";

    /// <summary>Lines are joined by spaces; a line that ends like a list item or a heading gets a full stop, or it would run into the next.</summary>
    public static string Flatten(string text)
    {
        var passage = new StringBuilder(text.Length + 16);
        var paragraphEnds = false;
        var previous = 0;
        foreach (var line in text.Split('\n'))
        {
            var trimmed = WithoutFrame(string.Join(' ', line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
            if (trimmed.Length == 0)
            {
                paragraphEnds = true;
                continue;
            }

            if (passage.Length > 0)
            {
                // A short line or a blank one after it: not a wrapped sentence.
                if ((paragraphEnds || previous <= 60 && char.IsUpper(trimmed[0])) && !EndsSentence(passage)) passage.Append('.');
                // A line of Chinese or Japanese that goes on in the next one breaks within a word.
                if (paragraphEnds || !IsJoined(passage[^1], trimmed[0])) passage.Append(' ');
            }

            passage.Append(trimmed);
            previous = trimmed.Length;
            paragraphEnds = false;
        }

        if (passage.Length > 0 && !EndsSentence(passage)) passage.Append('.');
        return Neutralise(passage.ToString());
    }

    /// <summary>Breaks up every chat tag, so that retrieved text can never speak with another voice.</summary>
    public static string Neutralise(string text)
    {
        while (Llama2Tags.Find(text) is { } found) text = text.Insert(found.Offset + 1, " ");
        return text;
    }

    // A Markdown table's row without its frame, and nothing of the line under its head: tokens that say nothing.
    private static string WithoutFrame(string line)
    {
        if (line.Length < 2 || line[0] != '|' || line[^1] != '|') return line;
        return line.AsSpan().IndexOfAnyExcept("|-: ") < 0 && line.Contains("---", StringComparison.Ordinal) ? string.Empty : line[1..^1].Trim();
    }

    // Korean sets spaces between words.
    private static bool IsJoined(char last, char first) => IsUnbroken(last) && IsUnbroken(first);

    private static bool IsUnbroken(char c) => UnspacedWords.IsDense(c) && c is < '\uAC00' or > '\uD7A3';

    private static bool EndsSentence(StringBuilder text)
    {
        var last = text.Length - 1;
        while (last > 0 && SentenceSplitter.Closers.Contains(text[last])) last--;
        return Terminators.Contains(text[last]);
    }
}
