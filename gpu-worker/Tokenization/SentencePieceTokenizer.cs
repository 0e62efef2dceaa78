using System.Globalization;
using System.Text;

namespace Serverless.GpuWorker.Tokenization;

/// <summary>
/// Encodes and decodes with a SentencePiece model, BPE or Unigram, to the same ids as google/sentencepiece. Text is never
/// parsed for control pieces: <c>&lt;s&gt;</c> in it is three characters. Thread-safe.
/// </summary>
public sealed class SentencePieceTokenizer : ITokenizer
{
    private readonly SentencePieceModel _model;
    private readonly TextNormalizer _normalizer;
    private readonly ISegmenter _segmenter;
    private readonly PieceDecoding _decoding;
    private readonly int[] _byteIds = new int[256];
    private readonly int _unknownId;

    /// <exception cref="InvalidDataException">The model repeats a piece or has a byte piece that is none.</exception>
    public SentencePieceTokenizer(SentencePieceModel model)
    {
        _model = model;
        var trie = TrieOf(model, type => type is SentencePieceType.Normal or SentencePieceType.UserDefined or SentencePieceType.Unused);
        var userDefined = model.Pieces.Any(piece => piece.Type == SentencePieceType.UserDefined)
            ? TrieOf(model, type => type == SentencePieceType.UserDefined)
            : null;
        _normalizer = new TextNormalizer(model.Normalizer, model.TreatWhitespaceAsSuffix, userDefined);
        _segmenter = model.Algorithm == SegmentationAlgorithm.BytePairEncoding ? new BpeSegmenter(model, trie, userDefined) : new UnigramSegmenter(model, trie);
        var bytes = new byte[model.Pieces.Count];
        for (var id = 0; id < model.Pieces.Count; id++)
        {
            var piece = model.Pieces[id];
            switch (piece.Type)
            {
                case SentencePieceType.Unknown: _unknownId = id; break;
                case SentencePieceType.Byte:
                    bytes[id] = ByteOf(piece.Text, id);
                    _byteIds[bytes[id]] = id;
                    break;
                case SentencePieceType.Control when piece.Text == model.BosPiece: BosId = id; break;
                case SentencePieceType.Control when piece.Text == model.EosPiece: EosId = id; break;
            }
        }

        _decoding = new PieceDecoding(model, bytes);
    }

    public int VocabularySize => _model.Pieces.Count;

    public int? BosId { get; }

    public int EosId { get; }

    /// <summary>The vocabulary; an id is an index into it.</summary>
    public IReadOnlyList<SentencePiece> Pieces => _model.Pieces;

    public int[] Encode(string text) => Encode(text, out _);

    public string Decode(ReadOnlySpan<int> ids)
    {
        var decoder = new SentencePieceStreamingDecoder(_decoding);
        var text = new StringBuilder();
        foreach (var id in ids) text.Append(decoder.Append(id));
        return text.Append(decoder.Flush()).ToString();
    }

    public byte[]? BytesOf(int id) => _decoding.Bytes(id);

    public bool DropsFirstSpace => _decoding.StripsFirstSpace;

    public bool DropsSpaceOf(int id) => _decoding.StripsFirstSpace && !_decoding.IsByte(id, out _) && _decoding.BeginsWithWordMark(id);

    public IStreamingDecoder CreateStreamingDecoder() => new SentencePieceStreamingDecoder(_decoding);

    internal int[] Encode(string text, out long operations)
    {
        var normalized = _normalizer.Normalize(text);
        var ids = new List<int>();
        var afterUnknown = false;
        foreach (var piece in _segmenter.Segment(normalized, out operations))
        {
            if (piece.Id >= 0)
            {
                ids.Add(piece.Id);
            }
            else if (_model.ByteFallback)
            {
                foreach (var value in normalized.AsSpan(piece.Start, piece.Length)) ids.Add(_byteIds[value]);
            }
            else if (!afterUnknown)
            {
                ids.Add(_unknownId);
            }

            afterUnknown = piece.Id < 0 && !_model.ByteFallback;
        }

        return [.. ids];
    }

    private static PieceTrie TrieOf(SentencePieceModel model, Func<SentencePieceType, bool> takes) =>
        new(model.Pieces.Select((piece, id) => (piece, id)).Where(entry => takes(entry.piece.Type)).Select(entry => (entry.piece.Text, entry.id)));

    private static byte ByteOf(string text, int id) =>
        text.Length == 6 && text.StartsWith("<0x", StringComparison.Ordinal) && text[5] == '>'
        && byte.TryParse(text.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new InvalidDataException($"model: pieces[{id}] has type BYTE but is not of the form <0x00>.");
}
