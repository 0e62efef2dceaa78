using System.Text;

namespace Serverless.GpuWorker.Tokenization;

/// <summary>What each id prints as.</summary>
internal sealed class PieceDecoding
{
    private const char WordMark = '\u2581';
    private readonly SentencePieceModel _model;
    private readonly byte[] _bytes;
    private readonly string[] _text;

    /// <param name="model">The vocabulary.</param>
    /// <param name="bytes">For each id of type BYTE, its byte.</param>
    public PieceDecoding(SentencePieceModel model, byte[] bytes)
    {
        _model = model;
        _bytes = bytes;
        _text = [.. model.Pieces.Select(piece => piece.Type switch
        {
            SentencePieceType.Control => "",
            SentencePieceType.Unknown => model.UnknownSurface,
            _ => piece.Text.Replace(WordMark, ' '),
        })];
    }

    /// <summary>The dummy prefix is taken off the first piece; all leading spaces when the normaliser collapses spaces.</summary>
    public bool StripsFirstSpace => _model.Normalizer.AddDummyPrefix || _model.Normalizer.RemoveExtraWhitespaces;

    public bool StripsEverySpace => _model.Normalizer.RemoveExtraWhitespaces;

    public bool IsByte(int id, out byte value)
    {
        var isByte = (uint)id < (uint)_bytes.Length && _model.Pieces[id].Type == SentencePieceType.Byte;
        value = isByte ? _bytes[id] : (byte)0;
        return isByte;
    }

    /// <summary>An id that the vocabulary does not have (a padded output layer can produce one) prints as U+FFFD.</summary>
    public string Text(int id) => (uint)id < (uint)_text.Length ? _text[id] : "\ufffd";

    /// <summary>The bytes of an id's text; null for control and unknown pieces, and ids that the vocabulary does not have.</summary>
    public byte[]? Bytes(int id)
    {
        if ((uint)id >= (uint)_text.Length || _model.Pieces[id].Type is SentencePieceType.Control or SentencePieceType.Unknown) return null;
        return IsByte(id, out var value) ? [value] : Encoding.UTF8.GetBytes(_text[id]);
    }

    public bool BeginsWithWordMark(int id) =>
        (uint)id < (uint)_text.Length && _model.Pieces[id].Type is not (SentencePieceType.Control or SentencePieceType.Unknown) && _text[id].StartsWith(' ');
}
