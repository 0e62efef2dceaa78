using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Model.Encoders;

/// <summary>A BERT encoder that can be served: one that comes as a package, or a folder.</summary>
public abstract class BertModel
{
    /// <summary>What requests call it.</summary>
    public abstract string Name { get; }

    public abstract BertSettings Settings { get; }

    /// <param name="source">A package's short name (<see cref="BertPackage.All"/>), or a folder.</param>
    /// <exception cref="CheckpointException">It is neither, or the folder's settings ask for what is not supported.</exception>
    public static BertModel Open(string source) =>
        BertPackage.All.FirstOrDefault(package => package.ShortName == source) is { } package ? package : BertFolder.Open(source);

    /// <exception cref="CheckpointException">There is no vocabulary, or it is none of BERT's.</exception>
    public WordPieceTokenizer LoadTokenizer()
    {
        try
        {
            using var stream = OpenVocabulary();
            var vocabulary = WordPieceVocabulary.Read(stream);
            CheckVocabulary(vocabulary.Pieces.Count);
            return new WordPieceTokenizer(vocabulary, Settings.LowerCase, Settings.StripAccents, Settings.SplitIdeographs);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{Name}: {e.Message}", e);
        }
    }

    /// <summary>The ONNX model: a file, or its bytes.</summary>
    /// <exception cref="CheckpointException">There is none.</exception>
    internal abstract (string? Path, byte[]? Bytes) OpenGraph();

    protected abstract Stream OpenVocabulary();

    protected virtual void CheckVocabulary(int pieces)
    {
    }
}
