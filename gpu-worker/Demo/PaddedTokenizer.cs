using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Graphs;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Demo;

/// <summary>A SentencePiece model with as many pieces as a model's vocabulary has rows, so that every token that it may choose has a text.</summary>
internal static class PaddedTokenizer
{
    /// <summary>The demo tokenizer, with pieces behind its own that no text is made of.</summary>
    public static byte[] Create(int vocabulary)
    {
        byte[] model = DemoResources.Bytes("demo-llama.model");
        int pieces = SentencePieceModelReader.Read(model).Pieces.Count;
        if (vocabulary < pieces)
            throw new ArgumentOutOfRangeException(nameof(vocabulary), $"The demo tokenizer has {pieces} pieces; the vocabulary has {vocabulary}.");

        // A repeated field goes on wherever it occurs again: so the pieces can stand behind everything else.
        var added = new ProtobufWriter();
        for (int id = pieces; id < vocabulary; id++)
        {
            added.Message(1, piece =>
            {
                piece.String(1, $"<unused {id}>");
                piece.Float(2, 0);
                piece.Int(3, (int)SentencePieceType.Unused);
            });
        }
        return [.. model, .. added.ToArray()];
    }
}
