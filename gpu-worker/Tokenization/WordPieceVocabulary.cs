using System.Text;

namespace Serverless.GpuWorker.Tokenization;

/// <summary>The pieces of a BERT model's vocab.txt, one a line; a line's number, from 0, is its id.</summary>
public sealed class WordPieceVocabulary
{
    private const int MaxPieces = 1 << 22;

    private readonly Dictionary<string, int> _ids;

    private WordPieceVocabulary(List<string> pieces)
    {
        Pieces = pieces;
        _ids = new Dictionary<string, int>(pieces.Count, StringComparer.Ordinal);
        // Real vocabularies repeat none; should one, the later line wins as it does in BERT's own reader.
        for (var id = 0; id < pieces.Count; id++) _ids[pieces[id]] = id;
        Ids = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        UnknownId = Require("[UNK]");
        ClassId = Require("[CLS]");
        SeparatorId = Require("[SEP]");
        PaddingId = Require("[PAD]");
    }

    public IReadOnlyList<string> Pieces { get; }

    /// <summary>What a word is that no pieces make up.</summary>
    public int UnknownId { get; }

    /// <summary>What every text begins with.</summary>
    public int ClassId { get; }

    /// <summary>What every text ends with.</summary>
    public int SeparatorId { get; }

    public int PaddingId { get; }

    internal Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> Ids { get; }

    /// <exception cref="InvalidDataException">A special piece is missing, or there are too many pieces.</exception>
    public static WordPieceVocabulary Read(Stream stream)
    {
        using var reader = new StreamReader(stream, new UTF8Encoding(false), leaveOpen: true);
        var pieces = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            if (pieces.Count == MaxPieces) throw new InvalidDataException($"vocab.txt has more than {MaxPieces} lines.");
            pieces.Add(line.TrimEnd());
        }

        return new WordPieceVocabulary(pieces);
    }

    private int Require(string piece) => _ids.TryGetValue(piece, out var id) ? id : throw new InvalidDataException($"vocab.txt has no {piece}.");
}
