namespace Serverless.GpuWorker.Demo;

/// <summary>A crude stemmer: enough to bring "drops", "dropped" and "dropping" together, and no more.</summary>
internal static class EnglishStems
{
    private static readonly Dictionary<string, string> Irregular = new()
    {
        ["leaves"] = "leaf",
        ["halves"] = "half",
        ["knives"] = "knife",
        ["feet"] = "foot",
        ["mice"] = "mouse",
        ["children"] = "child",
        ["fell"] = "fall",
        ["fallen"] = "fall",
        ["grew"] = "grow",
        ["grown"] = "grow",
        ["froze"] = "freez",
        ["frozen"] = "freez",
        ["wrote"] = "writ",
        ["written"] = "writ",
        ["ran"] = "run",
        ["kept"] = "keep",
        ["dying"] = "die",
        ["died"] = "die",
        ["dies"] = "die",
        ["taught"] = "teach",
        ["built"] = "build",
        ["sold"] = "sell",
        ["bought"] = "buy",
        ["paid"] = "pay",
        ["sent"] = "send",
        ["lost"] = "lose",
        ["broke"] = "break",
        ["broken"] = "break",
        ["chose"] = "choos",
        ["chosen"] = "choos",
        ["began"] = "begin",
        ["begun"] = "begin",
        ["sown"] = "sow",
        ["burnt"] = "burn",
        ["learnt"] = "learn",
        ["lengths"] = "long",
        ["length"] = "long",
    };

    /// <param name="word">Lower case.</param>
    public static string Of(string word)
    {
        if (Irregular.TryGetValue(word, out var irregular)) return irregular;
        if (word.Length <= 3 || !word.All(char.IsAsciiLetterLower)) return word;
        if (Ends(word, "sses", 0)) return word[..^2];
        if (Ends(word, "ies", 2)) return word[..^3] + "i";
        if (Ends(word, "ied", 2)) return word[..^3] + "i";
        if (Ends(word, "xes", 1) || Ends(word, "ches", 1) || Ends(word, "shes", 1)) return word[..^2];
        if (word[^1] == 's' && word[^2] is not ('s' or 'u' or 'i')) word = word[..^1];
        if (Ends(word, "ing", 3)) word = Undouble(word[..^3]);
        else if (Ends(word, "ed", 3)) word = Undouble(word[..^2]);
        else if (Ends(word, "ly", 4)) word = word[..^2];
        else if (word.Length > 4) word = Undouble(word);
        if (word.Length > 3 && word[^1] == 'e') word = word[..^1];
        else if (word.Length > 3 && word[^1] == 'y') word = word[..^1] + "i";
        return word;
    }

    private static bool Ends(string word, string suffix, int before) => word.Length >= suffix.Length + before && word.EndsWith(suffix, StringComparison.Ordinal) && word.AsSpan(0, word.Length - suffix.Length).IndexOfAny("aeiouy") >= 0;

    private static string Undouble(string word) =>
        word.Length > 3 && word[^1] == word[^2] && word[^1] is not ('l' or 's' or 'z') ? word[..^1] : word;
}
