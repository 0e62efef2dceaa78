using System.Text;

namespace Serverless.GpuWorker.Tokenization;

/// <summary>
/// BERT's WordPiece (Wu et al. 2016, google-research/bert's tokenization.py): each word is cut into the longest pieces of the vocabulary from left to right, what follows the first
/// being written with ##; a word that cannot be cut so is unknown as a whole. Text is never parsed for special pieces: [SEP] in it is three words. Thread-safe.
/// </summary>
/// <remarks>
/// Microsoft.ML.Tokenizers' BertTokenizer is not used: 2.0.1 drops $, €, ` and emoji from texts, and strips accents only where .NET has ICU.
/// </remarks>
public sealed class WordPieceTokenizer : ITextTokenizer
{
    private const int MaxWordCharacters = 100;
    private const string Continuation = "##";

    private readonly WordPieceVocabulary _vocabulary;
    private readonly BertWords _words;
    private readonly int _longest;

    /// <inheritdoc cref="BertWords"/>
    public WordPieceTokenizer(WordPieceVocabulary vocabulary, bool lowerCase = true, bool? stripAccents = null, bool splitIdeographs = true)
    {
        _vocabulary = vocabulary;
        _words = new BertWords(lowerCase, stripAccents ?? lowerCase, splitIdeographs);
        _longest = vocabulary.Pieces.Max(piece => piece.Length);
    }

    public int VocabularySize => _vocabulary.Pieces.Count;

    public int[] Encode(string text)
    {
        var ids = new List<int>(text.Length / 4);
        foreach (var word in _words.Split(text)) AddWord(ids, word);
        return [.. ids];
    }

    public int[] WithSpecialTokens(int[] ids) => [_vocabulary.ClassId, .. ids, _vocabulary.SeparatorId];

    public string Decode(ReadOnlySpan<int> ids)
    {
        var text = new StringBuilder();
        foreach (var id in ids)
        {
            if (id == _vocabulary.ClassId || id == _vocabulary.SeparatorId || id == _vocabulary.PaddingId) continue;
            var piece = _vocabulary.Pieces[id];
            if (text.Length > 0 && piece.StartsWith(Continuation, StringComparison.Ordinal)) text.Append(piece, Continuation.Length, piece.Length - Continuation.Length);
            else text.Append(text.Length > 0 ? " " : "").Append(piece);
        }

        return text.ToString();
    }

    private void AddWord(List<int> ids, string word)
    {
        if (_vocabulary.Ids.TryGetValue(word, out var whole))
        {
            ids.Add(whole);
            return;
        }

        var before = ids.Count;
        if (word.Length <= MaxWordCharacters || word.EnumerateRunes().Count() <= MaxWordCharacters)
        {
            Span<char> piece = stackalloc char[Continuation.Length + Math.Min(word.Length, _longest)];
            Continuation.CopyTo(piece);
            for (var start = 0; start < word.Length;)
            {
                var length = LongestAt(word, start, piece, out var id);
                if (length == 0)
                {
                    ids.RemoveRange(before, ids.Count - before);
                    break;
                }

                ids.Add(id);
                start += length;
            }
        }

        if (ids.Count == before) ids.Add(_vocabulary.UnknownId);
    }

    /// <summary>Characters of the longest piece that begins at <paramref name="start"/>; 0 when there is none.</summary>
    private int LongestAt(string word, int start, Span<char> piece, out int id)
    {
        var first = start == 0 ? Continuation.Length : 0;
        for (var length = Math.Min(word.Length - start, piece.Length - Continuation.Length); length > 0; length--)
        {
            word.AsSpan(start, length).CopyTo(piece[Continuation.Length..]);
            if (_vocabulary.Ids.TryGetValue(piece[first..(Continuation.Length + length)], out id)) return length;
        }

        id = 0;
        return 0;
    }
}
