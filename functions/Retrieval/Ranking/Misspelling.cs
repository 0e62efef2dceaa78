namespace Serverless.Functions.Retrieval.Ranking;

/// <summary>
/// Words that are one slip of the pen from each other: a letter left out, added, taken for another, or two that changed places (Damerau, "A technique for computer detection and correction of spelling errors", 1964).
/// The first letter is seldom wrong, and short words are near too many others.
/// </summary>
internal static class Misspelling
{
    private const int LeastLetters = 5;

    /// <summary>Whether a word may be taken for another.</summary>
    public static bool IsPossible(string word) => word.Length >= LeastLetters && word.All(char.IsLetter) && !Index.UnspacedWords.IsDense(word[0]);

    /// <param name="word">In lower case, as is the other.</param>
    public static bool Is(string word, string other)
    {
        if (Math.Abs(word.Length - other.Length) > 1 || other.Length < LeastLetters - 1 || word[0] != other[0] || !other.All(char.IsLetter)) return false;
        var start = word.AsSpan().CommonPrefixLength(other);
        var (left, right) = (word[start..], other[start..]);
        var end = 0;
        while (end < left.Length && end < right.Length && left[^(end + 1)] == right[^(end + 1)]) end++;
        (left, right) = (left[..^end], right[..^end]);
        return (left.Length <= 1 && right.Length <= 1) || (left.Length == 2 && right.Length == 2 && left[0] == right[1] && left[1] == right[0]);
    }
}
