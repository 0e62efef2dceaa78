namespace Serverless.Functions.Guards;

/// <summary>Words and phrases of a list: whole words, in any case; a blank stands for one to eight characters of white space.</summary>
internal sealed class WordMatcher : ITextMatcher
{
    private const int MaxBlanks = 8;

    private readonly Dictionary<char, string[]> _byFirst;

    public WordMatcher(IEnumerable<string> words) =>
        _byFirst = words.Select(w => w.ToUpperInvariant()).GroupBy(w => w[0]).ToDictionary(g => g.Key, g => g.ToArray());

    public string Kind => "words";

    public bool MayStart(char first) => _byFirst.ContainsKey(char.ToUpperInvariant(first));

    public int Match(ref TextWindow text, int at)
    {
        var longest = 0;
        foreach (var word in _byFirst[char.ToUpperInvariant(text[at])])
        {
            if (char.IsLetterOrDigit(word[0]) && char.IsLetterOrDigit(text.Before(at))) continue;
            longest = Math.Max(longest, MatchWord(ref text, at, word));
        }

        return longest;
    }

    private static int MatchWord(ref TextWindow text, int at, string word)
    {
        var i = at;
        foreach (var c in word)
        {
            if (c != ' ')
            {
                if (char.ToUpperInvariant(text[i++]) != c) return 0;
                continue;
            }

            var blanks = i;
            while (i - blanks < MaxBlanks && char.IsWhiteSpace(text[i])) i++;
            if (i == blanks) return 0;
        }

        return char.IsLetterOrDigit(word[^1]) && char.IsLetterOrDigit(text[i]) ? 0 : i - at;
    }
}
