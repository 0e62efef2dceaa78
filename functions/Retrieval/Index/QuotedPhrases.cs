namespace Serverless.Functions.Retrieval.Index;

/// <summary>What a question sets in quotation marks: words that stand so, in a row, in what is looked for. Not required, because marks are set for other reasons too.</summary>
internal static class QuotedPhrases
{
    private const int LeastWords = 2;
    private const int MostWords = 12;
    private const int Most = 8;

    // What may close what opens.
    private static readonly Dictionary<char, string> Closers = new() { ['"'] = "\"", ['\u201C'] = "\u201D", ['\u201E'] = "\u201C\u201D", ['\u00AB'] = "\u00BB", ['\u00BB'] = "\u00AB" };

    /// <param name="question">As it is matched.</param>
    /// <returns>The words of each phrase, as they are written.</returns>
    public static IEnumerable<IReadOnlyList<string>> Of(string question)
    {
        var found = 0;
        for (var at = 0; at < question.Length && found < Most; at++)
        {
            // Of 5" and 3" the marks are inches.
            if (!Closers.TryGetValue(question[at], out var closers) || (at > 0 && char.IsLetterOrDigit(question[at - 1]))) continue;
            var end = question.AsSpan(at + 1).IndexOfAny(closers) is >= 0 and var length ? at + 1 + length : -1;
            if (end < 0 || (end + 1 < question.Length && char.IsLetterOrDigit(question[end + 1]))) continue;
            var inner = question[(at + 1)..end];
            var words = TextWords.Of(inner).ConvertAll(word => inner[word.Start..word.End]);
            at = end;
            if (words.Count is < LeastWords or > MostWords || words.Exists(word => UnspacedWords.IsDense(word[0]))) continue;
            found++;
            yield return words;
        }
    }
}
