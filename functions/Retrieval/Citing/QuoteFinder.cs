using Serverless.Functions.Ingestion.Chunking;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Retrieval.Citing;

/// <summary>
/// Finds where a passage says what a sentence of an answer says, word by word: the same words in the same order and spelling, whatever stands between them.
/// Prompts join lines and set full stops that the document does not have, so white space and punctuation are not compared; models write plain letters where documents have ligatures or full width, so words are compared
/// as they are matched (<see cref="SearchText"/>).
/// </summary>
public sealed class QuoteFinder
{
    /// <summary>Fewer words are no quote: any passage holds "it is".</summary>
    public const int LeastWords = 4;

    // In scripts without spaces, where a word has two letters or so.
    private const int LettersOfWord = 2;

    private readonly string _passage;
    private readonly List<(int Start, int End)> _places;
    private readonly List<string> _words;

    public QuoteFinder(string passage)
    {
        ArgumentNullException.ThrowIfNull(passage);
        _passage = passage;
        _places = TextWords.Of(passage);
        _words = WordsAt(passage, _places);
    }

    /// <returns>Offsets into the passage, from the first word to after the last, with the full stop that follows it; null when it does not say this.</returns>
    public (int Start, int End)? Find(string sentence)
    {
        ArgumentNullException.ThrowIfNull(sentence);
        var places = TextWords.Of(sentence);
        var letters = places.Count(word => UnspacedWords.IsDense(sentence[word.Start]));
        if (((places.Count - letters) * LettersOfWord) + letters < LeastWords * LettersOfWord) return null;
        var wanted = WordsAt(sentence, places);
        for (var at = 0; at + wanted.Count <= _words.Count; at++)
        {
            if (!IsAt(at, wanted)) continue;
            var end = _places[at + wanted.Count - 1].End;
            if (end < _passage.Length && SentenceSplitter.Stops.Contains(_passage[end])) end++;
            return (_places[at].Start, end);
        }

        return null;
    }

    private bool IsAt(int at, List<string> wanted)
    {
        for (var i = 0; i < wanted.Count; i++)
        {
            if (_words[at + i] != wanted[i]) return false;
        }

        return true;
    }

    private static List<string> WordsAt(string text, List<(int Start, int End)> places) => places.ConvertAll(place => SearchText.Normalize(text[place.Start..place.End]));
}
