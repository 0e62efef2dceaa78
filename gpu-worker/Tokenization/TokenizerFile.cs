namespace Serverless.GpuWorker.Tokenization;

/// <summary>Finds and loads the tokenizer of a checkpoint folder.</summary>
public static class TokenizerFile
{
    private const long MaxBytes = 64 << 20;
    private static readonly string[] Names = ["tokenizer.model", "spiece.model"];

    /// <exception cref="FileNotFoundException">The folder has neither tokenizer.model nor spiece.model.</exception>
    /// <exception cref="InvalidDataException">The file is no SentencePiece model; the message names the field and the byte offset.</exception>
    public static SentencePieceTokenizer Load(string checkpointFolder)
    {
        var path = Names.Select(name => Path.Combine(checkpointFolder, name)).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"The checkpoint folder {checkpointFolder} has no {string.Join(" or ", Names)}.");
        var length = new FileInfo(path).Length;
        if (length > MaxBytes) throw new InvalidDataException($"{path} has {length} bytes, at most {MaxBytes} are permitted.");
        try
        {
            return new SentencePieceTokenizer(SentencePieceModelReader.Read(File.ReadAllBytes(path)));
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }
    }
}
