namespace Serverless.GpuWorker.Tokenization;

/// <summary>
/// The most probable segmentation under a unigram model, by Viterbi over byte positions (Model::EncodeOptimized of
/// google/sentencepiece, with its constants and its float rounding, so that ties fall the same way).
/// </summary>
internal sealed class UnigramSegmenter : ISegmenter
{
    private const float UnknownPenalty = 10;
    private readonly SentencePieceModel _model;
    private readonly PieceTrie _trie;
    private readonly float _unknownScore;

    public UnigramSegmenter(SentencePieceModel model, PieceTrie trie)
    {
        _model = model;
        _trie = trie;
        var scores = model.Pieces.Where(piece => piece.Type == SentencePieceType.Normal).Select(piece => piece.Score).ToArray();
        _unknownScore = (scores.Length == 0 ? 0 : scores.Min()) - UnknownPenalty;
    }

    public List<PieceSpan> Segment(ReadOnlySpan<byte> text, out long operations)
    {
        operations = 0;
        var best = new Arrival[text.Length + 1];
        Array.Fill(best, new Arrival(0, -1, -1));
        for (var start = 0; start < text.Length;)
        {
            var character = Math.Min(Utf8.CharacterLength(text[start]), text.Length - start);
            var hasCharacter = false;
            var node = PieceTrie.Root;
            for (var end = start; end < text.Length;)
            {
                node = _trie.Child(node, text[end++]);
                operations++;
                if (node < 0) break;
                var id = _trie.Id(node);
                if (id < 0 || _model.Pieces[id].Type == SentencePieceType.Unused) continue;
                // A user-defined piece scores just under any other, so that it is always chosen.
                var score = _model.Pieces[id].Type == SentencePieceType.UserDefined ? -0.1 : _model.Pieces[id].Score;
                Offer(ref best[end], score + best[start].Score, start, id);
                hasCharacter |= end - start == character;
            }

            if (!hasCharacter) Offer(ref best[start + character], _unknownScore + best[start].Score, start, -1);
            start += character;
        }

        var pieces = new List<PieceSpan>();
        for (var end = text.Length; end > 0; end = best[end].Start)
            pieces.Add(new PieceSpan(best[end].Start, end - best[end].Start, best[end].Id));
        pieces.Reverse();
        return pieces;
    }

    private static void Offer(ref Arrival best, double score, int start, int id)
    {
        if (best.Start < 0 || score > best.Score) best = new Arrival((float)score, start, id);
    }

    /// <summary>The best way to reach a position: its score, where its last piece starts (-1: not reached) and which it is.</summary>
    private readonly record struct Arrival(float Score, int Start, int Id);
}
