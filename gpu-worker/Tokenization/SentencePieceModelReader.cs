using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Graphs;

namespace Serverless.GpuWorker.Tokenization;

/// <summary>
/// Reads a SentencePiece model (ModelProto of google/sentencepiece, sentencepiece_model.proto). A malformed file gives an
/// <see cref="InvalidDataException"/> that names the field and the byte offset.
/// </summary>
public static class SentencePieceModelReader
{
    private const int MaxPieces = 1 << 21;

    public static SentencePieceModel Read(ReadOnlySpan<byte> file)
    {
        var reader = new ProtobufReader(file, "model");
        var pieces = new List<SentencePiece>();
        var model = new SentencePieceModel { Pieces = pieces, Algorithm = SegmentationAlgorithm.Unigram };
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 1:
                    if (pieces.Count == MaxPieces) throw reader.Malformed($"field pieces has more than {MaxPieces} entries");
                    pieces.Add(ReadPiece(reader.ReadMessage($"pieces[{pieces.Count}]")));
                    break;
                case 2: model = ReadTrainer(reader.ReadMessage("trainer_spec"), model); break;
                case 3: model = model with { Normalizer = ReadNormalizer(reader.ReadMessage("normalizer_spec")) }; break;
                default: reader.Skip(); break;
            }
        }

        Check(model);
        return model;
    }

    private static SentencePiece ReadPiece(ProtobufReader reader)
    {
        string? text = null;
        var score = 0f;
        var type = SentencePieceType.Normal;
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 1: text = reader.ReadString("piece"); break;
                case 2: score = reader.ReadFloat("score"); break;
                case 3:
                    var value = reader.ReadInteger("type");
                    if (value is < 1 or > 6) throw reader.Malformed($"field type is {value}, permitted are 1 to 6");
                    type = (SentencePieceType)value;
                    break;
                default: reader.Skip(); break;
            }
        }

        if (string.IsNullOrEmpty(text)) throw reader.Malformed("field piece is missing or empty");
        if (!float.IsFinite(score)) throw reader.Malformed("field score is not finite");
        return new SentencePiece(text, score, type);
    }

    private static SentencePieceModel ReadTrainer(ProtobufReader reader, SentencePieceModel model)
    {
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 3:
                    var type = reader.ReadInteger("model_type");
                    if (type is not (1 or 2)) throw reader.Malformed($"field model_type is {type}, supported are 1 (unigram) and 2 (bpe)");
                    model = model with { Algorithm = (SegmentationAlgorithm)type };
                    break;
                case 24: model = model with { TreatWhitespaceAsSuffix = reader.ReadBoolean("treat_whitespace_as_suffix") }; break;
                case 35: model = model with { ByteFallback = reader.ReadBoolean("byte_fallback") }; break;
                case 44: model = model with { UnknownSurface = reader.ReadString("unk_surface") }; break;
                case 46: model = model with { BosPiece = reader.ReadString("bos_piece") }; break;
                case 47: model = model with { EosPiece = reader.ReadString("eos_piece") }; break;
                default: reader.Skip(); break;
            }
        }

        return model;
    }

    private static NormalizerSpec ReadNormalizer(ProtobufReader reader)
    {
        var spec = new NormalizerSpec();
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 2: spec = spec with { PrecompiledCharsmap = reader.ReadBytes("precompiled_charsmap").ToArray() }; break;
                case 3: spec = spec with { AddDummyPrefix = reader.ReadBoolean("add_dummy_prefix") }; break;
                case 4: spec = spec with { RemoveExtraWhitespaces = reader.ReadBoolean("remove_extra_whitespaces") }; break;
                case 5: spec = spec with { EscapeWhitespaces = reader.ReadBoolean("escape_whitespaces") }; break;
                default: reader.Skip(); break;
            }
        }

        return spec;
    }

    private static void Check(SentencePieceModel model)
    {
        if (model.Pieces.Count == 0) throw new InvalidDataException("model: field pieces is empty.");
        var unknown = model.Pieces.Count(piece => piece.Type == SentencePieceType.Unknown);
        if (unknown != 1) throw new InvalidDataException($"model: field pieces has {unknown} entries of type UNKNOWN, exactly 1 is required.");
        if (!model.Pieces.Any(piece => piece.Type == SentencePieceType.Control && piece.Text == model.EosPiece))
            throw new InvalidDataException("model: field pieces has no control piece named by trainer_spec.eos_piece.");
        if (model.ByteFallback && model.Pieces.Count(piece => piece.Type == SentencePieceType.Byte) != 256)
            throw new InvalidDataException("model: trainer_spec.byte_fallback is set, but field pieces does not have the 256 byte pieces.");
    }
}
