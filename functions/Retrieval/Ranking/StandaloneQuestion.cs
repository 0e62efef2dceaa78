using System.Collections.Frozen;

namespace Serverless.Functions.Retrieval.Ranking;

/// <summary>
/// Whether a question says by itself what it asks about: an English question with a subject of its own that refers to nothing before it. A new subject is then judged alone, however near the turn
/// before it lies to some passage. What is not English is never taken for one, so that it keeps the turn before it.
/// </summary>
public static class StandaloneQuestion
{
    private const int LeastWords = 3;

    private static readonly FrozenSet<string> Referring = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "it", "its", "itself", "they", "them", "their", "theirs", "this", "that", "these", "those", "one", "ones", "he", "she", "him", "her", "his", "hers", "there", "then", "same", "such", "else",
        "otherwise", "instead", "former", "latter", "both", "either", "neither", "another", "again", "more", "above");

    private static readonly FrozenSet<string> Continuing = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "and", "but", "or", "so", "also", "because", "besides");

    private static readonly char[] Gaps = [' ', '\t', '\r', '\n', '\u00A0', '?', '!', '.', ',', ';', ':', '"', '(', ')', '[', ']', '/', '*', '\u201C', '\u201D', '\u2013', '\u2014', '\u2026'];

    private static readonly FrozenSet<string> Grammar = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "what", "who", "whom", "whose", "when", "where", "which", "why", "how", "is", "are", "was", "were", "do", "does", "did", "can", "could", "may", "should", "would", "will", "has", "have", "had", "a",
        "an", "the", "of", "to", "in", "on", "at", "by", "for", "from", "with", "i", "my", "me", "we", "our", "you", "your", "not", "no", "be", "about", "often", "long", "much", "many", "tell", "please");

    public static bool Is(string question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var words = Words(question);
        return words.Count >= LeastWords
            && !Continuing.Contains(words[0])
            && !(words[0] is "what" or "how" && words[1] == "about")
            && words.Any(Grammar.Contains)
            && !words.Any(Referring.Contains)
            && words.Any(word => word.Length > 2 && !Grammar.Contains(word));
    }

    // Of "it's" and "fig's" the first part says what it is.
    private static List<string> Words(string question) => [.. question.Split(Gaps, StringSplitOptions.RemoveEmptyEntries).Select(word => word.Split('\'', '\u2019')).Select(parts => parts.FirstOrDefault(part => part.Length > 0) ?? "").Select(word => word.ToLowerInvariant()).Where(word => word.Length > 0)];
}
