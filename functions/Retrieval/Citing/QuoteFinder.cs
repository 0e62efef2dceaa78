namespace Serverless.Functions.Retrieval.Citing;

/// <summary>
/// Finds where a passage says what a sentence of an answer says, word by word: the same words in the same order and spelling, whatever stands between them.
/// Prompts join lines and set full stops that the document does not have, so white space and punctuation are not compared.
/// </summary>
public sealed class QuoteFinder
{
    /// <summary>Fewer words are no quote: any passage holds "it is".</summary>
    public const int LeastWords = 4;

    private readonly string _passage;
    private readonly List<(int Start, int End)> _words;

    public QuoteFinder(string passage)
    {
        ArgumentNullException.ThrowIfNull(passage);
        _passage = passage;
        _words = WordsOf(passage);
    }

    /// <returns>Offsets into the passage, from the first word to after the last, with the full stop that follows it; null when it does not say this.</returns>
    public (int Start, int End)? Find(string sentence)
    {
        ArgumentNullException.ThrowIfNull(sentence);
        var wanted = WordsOf(sentence);
        if (wanted.Count < LeastWords) return null;
        for (var at = 0; at + wanted.Count <= _words.Count; at++)
        {
            if (!IsAt(at, sentence, wanted)) continue;
            var end = _words[at + wanted.Count - 1].End;
            if (end < _passage.Length && _passage[end] is '.' or '!' or '?' or '。' or '！' or '？') end++;
            return (_words[at].Start, end);
        }

        return null;
    }

    private bool IsAt(int at, string sentence, List<(int Start, int End)> wanted)
    {
        for (var i = 0; i < wanted.Count; i++)
        {
            if (!Word(_passage, _words[at + i]).SequenceEqual(Word(sentence, wanted[i]))) return false;
        }

        return true;
    }

    private static ReadOnlySpan<char> Word(string text, (int Start, int End) word) => text.AsSpan(word.Start, word.End - word.Start);

    private static List<(int Start, int End)> WordsOf(string text)
    {
        var words = new List<(int, int)>();
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            // Half of a surrogate pair is part of some letter outside the plane.
            var inWord = i < text.Length && (char.IsLetterOrDigit(text[i]) || char.IsSurrogate(text[i]));
            if (inWord && start < 0) start = i;
            if (inWord || start < 0) continue;
            words.Add((start, i));
            start = -1;
        }

        return words;
    }
}
