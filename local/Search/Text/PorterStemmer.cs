namespace Serverless.Local.Search.Text;

/// <summary>Porter, "An algorithm for suffix stripping" (1980), over lower-case English words; other words come back as they are.</summary>
internal static class PorterStemmer
{
    private static readonly (string From, string To)[] Step2 =
    [
        ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("abli", "able"), ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"),
        ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"),
    ];

    private static readonly (string From, string To)[] Step3 =
        [("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", "")];

    private static readonly string[] Step4 =
        ["al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti", "ous", "ive", "ize"];

    public static string Stem(string word)
    {
        if (word.Length < 3 || word.Any(c => c is < 'a' or > 'z'))
            return word;
        word = Plural(word);
        word = PastOrProgressive(word);
        if (word[^1] == 'y' && HasVowel(word[..^1]))
            word = word[..^1] + "i";
        word = Replace(word, Step2);
        word = Replace(word, Step3);
        word = Residue(word);
        return Tidy(word);
    }

    private static string Plural(string word) =>
        word.EndsWith("sses", StringComparison.Ordinal) || word.EndsWith("ies", StringComparison.Ordinal) ? word[..^2]
        : word.EndsWith("ss", StringComparison.Ordinal) || word[^1] != 's' ? word
        : word[..^1];

    private static string PastOrProgressive(string word)
    {
        if (word.EndsWith("eed", StringComparison.Ordinal))
            return Measure(word[..^3]) > 0 ? word[..^1] : word;
        var stem = word.EndsWith("ed", StringComparison.Ordinal) ? word[..^2] : word.EndsWith("ing", StringComparison.Ordinal) ? word[..^3] : word;
        if (stem.Length == word.Length || !HasVowel(stem))
            return word;
        if (stem.EndsWith("at", StringComparison.Ordinal) || stem.EndsWith("bl", StringComparison.Ordinal) || stem.EndsWith("iz", StringComparison.Ordinal))
            return stem + "e";
        if (EndsInDoubleConsonant(stem) && stem[^1] is not ('l' or 's' or 'z'))
            return stem[..^1];
        return Measure(stem) == 1 && EndsInShortSyllable(stem) ? stem + "e" : stem;
    }

    private static string Replace(string word, (string From, string To)[] rules)
    {
        var (from, to) = rules.Where(rule => word.EndsWith(rule.From, StringComparison.Ordinal)).DefaultIfEmpty(("", "")).MaxBy(rule => rule.Item1.Length);
        return from.Length > 0 && Measure(word[..^from.Length]) > 0 ? word[..^from.Length] + to : word;
    }

    private static string Residue(string word)
    {
        var suffix = Step4.Where(end => word.EndsWith(end, StringComparison.Ordinal)).DefaultIfEmpty("").MaxBy(end => end.Length)!;
        var stem = word[..^suffix.Length];
        if (suffix.Length == 0 || Measure(stem) <= 1 || (suffix == "ion" && stem[^1] is not ('s' or 't')))
            return word;
        return stem;
    }

    private static string Tidy(string word)
    {
        if (word[^1] == 'e')
        {
            var stem = word[..^1];
            var measure = Measure(stem);
            if (measure > 1 || (measure == 1 && !EndsInShortSyllable(stem)))
                word = stem;
        }

        return word[^1] == 'l' && EndsInDoubleConsonant(word) && Measure(word) > 1 ? word[..^1] : word;
    }

    /// <summary>How many vowel-consonant sequences the stem has.</summary>
    private static int Measure(string stem)
    {
        var measure = 0;
        var afterVowel = false;
        for (var i = 0; i < stem.Length; i++)
        {
            var consonant = IsConsonant(stem, i);
            if (consonant && afterVowel)
                measure++;
            afterVowel = !consonant;
        }

        return measure;
    }

    private static bool HasVowel(string stem)
    {
        for (var i = 0; i < stem.Length; i++)
            if (!IsConsonant(stem, i))
                return true;
        return false;
    }

    private static bool EndsInDoubleConsonant(string stem) => stem.Length > 1 && stem[^1] == stem[^2] && IsConsonant(stem, stem.Length - 1);

    private static bool EndsInShortSyllable(string stem) =>
        stem.Length > 2 && IsConsonant(stem, stem.Length - 3) && !IsConsonant(stem, stem.Length - 2) && IsConsonant(stem, stem.Length - 1) && stem[^1] is not ('w' or 'x' or 'y');

    private static bool IsConsonant(string word, int i) => word[i] switch
    {
        'a' or 'e' or 'i' or 'o' or 'u' => false,
        'y' => i == 0 || !IsConsonant(word, i - 1),
        _ => true,
    };
}
