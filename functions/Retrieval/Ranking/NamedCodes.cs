using System.Text.RegularExpressions;

namespace Serverless.Functions.Retrieval.Ranking;

/// <summary>
/// The codes that a question asks about: <c>E42</c>, <c>GPT-4</c>, <c>WM-440</c>, letters and then digits. To an encoder one is as good as another, so that the passage on E18 lies nearest to a question about E42; but who names
/// a code wants that one, and a search by words finds it wherever it stands.
/// </summary>
public static partial class NamedCodes
{
    /// <summary>Words of a passage that a code may be spread over: <c>GPT 4</c>, <c>MPT-30B-Chat</c>.</summary>
    private const int MostWords = 4;

    /// <summary>Whether a question names a code that stands in none of the passages, however it is hyphenated or written in capitals there. A passage's code that goes on (<c>E18a</c>) is taken for it.</summary>
    /// <param name="passages">What a search by words, among others, found: texts with headings and names. Looked at only where the question names a code.</param>
    public static bool AnyUnknown(string question, IEnumerable<string> passages)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(passages);
        var codes = Of(question);
        if (codes.Count == 0) return false;
        var words = passages.Select(passage => Word().Matches(passage.ToUpperInvariant()).Select(match => match.Value).ToArray()).ToList();
        return codes.Any(code => !words.Any(passage => Holds(passage, code)));
    }

    /// <summary>A question's codes, in capitals and without hyphens.</summary>
    internal static IReadOnlyList<string> Of(string question) =>
        [.. Code().Matches(question).Select(match => match.Value.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToUpperInvariant()).Distinct(StringComparer.Ordinal)];

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

    // Up to eight capitals, or two letters, then digits: not "mid-2024", "5kg", "No.5" or "Llama". A plural's s is left out.
    [GeneratedRegex(@"(?<![\p{L}\p{N}_-])(?:[A-Z]{1,8}|[A-Za-z]{1,2})[-_]?[0-9](?:[A-Za-z0-9_-]*[A-RT-Za-rt-z0-9])?(?=s?(?![\p{L}\p{N}_-]))", RegexOptions.CultureInvariant)]
    private static partial Regex Code();

    [GeneratedRegex(@"[\p{L}\p{N}]+", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
