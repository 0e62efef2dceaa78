using System.Text.RegularExpressions;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Retrieval.Ranking;

/// <summary>
/// The codes that a question asks about: <c>E42</c>, <c>GPT-4</c>, <c>WM-440</c>, letters and then digits. To an encoder one is as good as another, so that the passage on E18 lies nearest to a question about E42; but who names
/// a code wants that one, and a search by words finds it wherever it stands.
/// </summary>
public static partial class NamedCodes
{
    /// <summary>Words of a passage that a code may be spread over: <c>GPT 4</c>, <c>MPT-30B-Chat</c>.</summary>
    private const int MostWords = 4;

    private static readonly char[] Hyphens = ['-', '_', '\u2010', '\u2011', '\u2013'];

    /// <summary>Whether a question names a code that stands in none of the passages, however it is hyphenated or written in capitals there. A passage's code that goes on (<c>E18a</c>) is taken for it.</summary>
    /// <param name="passages">What a search by words, among others, found: texts with headings and names. Looked at only where the question names a code.</param>
    public static bool AnyUnknown(string question, IEnumerable<string> passages)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(passages);
        var codes = Written(question).ToList();
        if (codes.Count == 0) return false;
        var words = passages.Select(passage => Word().Matches(SearchText.Normalize(passage).ToUpperInvariant()).Select(match => match.Value).ToArray()).ToList();
        return codes.Any(parts => !words.Any(passage => Holds(passage, string.Concat(parts)) || (IsCompound(parts) && Holds(passage, parts[^1] + string.Concat(parts[..^1]))) || NamedTimes.WrittenOut(parts[0]).Any(words => Holds(passage, words))));
    }

    /// <summary>A question's codes, in capitals and without hyphens.</summary>
    internal static IReadOnlyList<string> Of(string question) => [.. Written(question).Select(parts => string.Concat(parts)).Distinct(StringComparer.Ordinal)];

    /// <summary>Their parts, in capitals. Small letters at the end are no part of it: an E42-related fault, az E42-es hiba.</summary>
    private static IEnumerable<string[]> Written(string question)
    {
        foreach (Match code in Code().Matches(question))
        {
            var parts = code.Value.Split(Hyphens);
            var count = parts.Length;
            while (count > 1 && parts[count - 1].All(char.IsAsciiLetterLower)) count--;
            yield return [.. parts[..count].Select(part => part.ToUpperInvariant())];
        }
    }

    // German joins what a document has apart: der E42-Fehler, Fehler E42.
    private static bool IsCompound(string[] parts) => parts.Length > 1 && parts[^1].All(char.IsAsciiLetter);

    private static bool Holds(string[] words, string code)
    {
        for (var first = 0; first < words.Length; first++)
        {
            var left = code.AsSpan();
            for (var at = first; at < words.Length && at < first + MostWords; at++)
            {
                if (words[at].AsSpan().StartsWith(left, StringComparison.Ordinal)) return true;
                if (!left.StartsWith(words[at], StringComparison.Ordinal)) break;
                left = left[words[at].Length..];
            }
        }

        return false;
    }

    // Up to eight capitals, or two letters, then digits: not "mid-2024", "5kg", "No.5", "Llama" or a version's "v2". A plural's s is left out. Letters of other scripts stand around a code as a space does.
    [GeneratedRegex(
        @"(?<![A-Za-z0-9_\u00C0-\u024F]|[A-Za-z0-9][-\u2010\u2011\u2013])(?!v[0-9])(?:[A-Z]{1,8}|[A-Za-z]{1,2})[-_\u2010\u2011\u2013]?[0-9](?:[A-Za-z0-9_\u2010\u2011\u2013-]*[A-RT-Za-rt-z0-9])?(?=s?(?![A-Za-z0-9_\u00C0-\u024F]|-[A-Za-z0-9]))",
        RegexOptions.CultureInvariant)]
    private static partial Regex Code();

    [GeneratedRegex(@"[A-Z0-9]+|[\p{L}\p{N}-[A-Z0-9]]+", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
