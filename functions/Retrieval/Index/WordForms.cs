using System.Text;
using System.Text.RegularExpressions;

namespace Serverless.Functions.Retrieval.Index;

/// <summary>
/// Other spellings of what a question names, for the search of words, where a letter more makes another word: a code with its hyphens and without, a quantity with the space before its unit, a number with what parts its
/// thousands, a version with its letter and without, a day, month or quarter (<see cref="NamedTimes"/>), a name with the other apostrophe, and a word without its accents; and what the question quotes (<see cref="QuotedPhrases"/>), as one phrase.
/// </summary>
internal static partial class WordForms
{
    private const int MaxForms = 32;
    private const int MaxCode = 32;

    // Places where a code may be cut.
    private const int MaxCuts = 6;

    /// <param name="question">As it is matched.</param>
    /// <returns>Words and phrases in the search service's simple syntax, each after a blank; empty where there are none.</returns>
    public static string Of(string question)
    {
        var forms = new List<string>();
        forms.AddRange(QuotedPhrases.Of(question).Select(words => $"\"{string.Join(' ', words)}\""));
        foreach (Match code in Code().Matches(question)) forms.AddRange(OfCode(code.Value));
        foreach (Match number in Number().Matches(question)) forms.AddRange(OfNumber(number.Value));
        foreach (Match version in Version().Matches(question)) forms.Add(version.Groups["v"].Success ? version.Groups["n"].Value : $"v{version.Groups["n"].Value}");
        forms.AddRange(NamedTimes.FormsOf(question));
        foreach (Match name in Apostrophes().Matches(question)) forms.Add(name.Value.Contains('\'', StringComparison.Ordinal) ? name.Value.Replace('\'', '’') : name.Value.Replace('’', '\''));
        forms.AddRange(Unaccented(question));
        return string.Concat(forms.Distinct(StringComparer.Ordinal).Take(MaxForms).Select(form => $" {form}"));
    }

    /// <summary>The words of a text that bear accents, without them.</summary>
    /// <param name="text">As it is matched.</param>
    public static IEnumerable<string> Unaccented(string text)
    {
        foreach (var (start, end) in TextWords.Of(text))
        {
            var word = text[start..end];
            if (SearchText.WithoutAccents(word) is var plain && !ReferenceEquals(plain, word)) yield return plain;
        }
    }

    /// <summary>A text whose numbers have nothing between their thousands.</summary>
    public static string JoinThousands(string text) => Thousands().Replace(text, match => Bare(match.Value));

    /// <summary>Where letters and digits of a code meet: offsets of what comes second.</summary>
    public static IEnumerable<int> Cuts(string code) =>
        Enumerable.Range(1, Math.Max(0, code.Length - 1)).Where(at => char.IsAsciiDigit(code[at]) != char.IsAsciiDigit(code[at - 1])).Take(MaxCuts);

    /// <summary>Numbers of several parts (2.10, 192.168.1.1), each a word: 2.1 is another than 2.10.</summary>
    public static IEnumerable<string> Dotted(string text)
    {
        foreach (Match number in DottedNumbers().Matches(text)) yield return number.Groups["n"].Value;
    }

    private static IEnumerable<string> OfCode(string code)
    {
        if (code.Length > MaxCode || !code.Any(char.IsAsciiDigit) || !code.Any(char.IsAsciiLetter)) return [];
        var parts = code.Split('-', '_');
        return parts.Length > 1 ? [$"\"{string.Join(' ', parts)}\"", string.Concat(parts)] : Cuts(code).Select(at => $"\"{code[..at]} {code[at..]}\"");
    }

    private static IEnumerable<string> OfNumber(string number)
    {
        var bare = Bare(number);
        return new[] { bare, Parted(bare, ','), Parted(bare, '.') }.Where(form => form != number);
    }

    private static string Bare(string number) => string.Concat(number.Where(char.IsAsciiDigit));

    private static string Parted(string number, char by)
    {
        var parted = new StringBuilder(number);
        for (var at = number.Length - 3; at > 0; at -= 3) parted.Insert(at, by);
        return parted.ToString();
    }

    [GeneratedRegex(@"(?<![A-Za-z0-9_-])[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*(?![A-Za-z0-9_-])", RegexOptions.CultureInvariant)]
    private static partial Regex Code();

    [GeneratedRegex(@"(?<![\p{L}\p{N}_-]|[0-9][.,'’])(?:[0-9]{4,9}|[0-9]{1,3}(?:(?:,[0-9]{3})+|(?:\.[0-9]{3})+|(?:['’][0-9]{3})+))(?![\p{L}\p{N}_-]|[.,'’][0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex(@"(?<![\p{L}\p{N}]|[0-9][.,'’])[0-9]{1,3}(?:(?:,[0-9]{3})+|(?:\.[0-9]{3})+|(?:['’][0-9]{3})+)(?![\p{L}\p{N}]|[.,'’][0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex Thousands();

    // To analyzers v2.10 is one word and 2.10 another.
    [GeneratedRegex(@"(?<![\p{L}\p{N}.])(?:(?<v>[vV])|(?:version|release)\s+)(?<n>[0-9]{1,5}(?:\.[0-9]{1,5}){1,3})(?![\p{L}\p{N}]|\.[0-9])", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Version();

    [GeneratedRegex(@"(?<![\p{N}.,]|[\p{L}-[vV]])(?<n>[0-9]{1,5}(?:\.[0-9]{1,5})+)(?!\p{N}|[.,]\p{N})", RegexOptions.CultureInvariant)]
    private static partial Regex DottedNumbers();

    [GeneratedRegex(@"\p{L}+(?:'\p{L}+|’\p{L}+)", RegexOptions.CultureInvariant)]
    private static partial Regex Apostrophes();
}
