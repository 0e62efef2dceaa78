using System.Text;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Calibration;

/// <summary>Cuts a text into prompts. Nothing of the text is in any error.</summary>
internal static class CalibrationText
{
    /// <summary>Fewer say too little of what a model's keys and values can be.</summary>
    public const int LeastTokens = 256;

    /// <summary>Characters that are read and encoded at a time, whatever the file's length.</summary>
    private const int PieceLength = 1 << 16;

    /// <summary>The first tokens of the text as prompts, each BOS and what then fits in the context.</summary>
    /// <param name="most">Tokens to take, BOS not counted.</param>
    /// <exception cref="InvalidDataException">The file cannot be read, is not UTF-8, or has fewer than <see cref="LeastTokens"/> tokens.</exception>
    public static IReadOnlyList<int[]> Read(string path, ITokenizer tokenizer, int contextLength, int most)
    {
        var tokens = Encode(path, tokenizer, most);
        if (tokens.Count < LeastTokens)
            throw new InvalidDataException($"--text has {tokens.Count} tokens; at least {LeastTokens} are needed.");

        int[] start = tokenizer.BosId is { } bos ? [bos] : [];
        if (contextLength <= start.Length)
            throw new InvalidDataException($"--checkpoint: max_position_embeddings is {contextLength}; no text fits.");

        return [.. tokens.Take(most).Chunk(contextLength - start.Length).Select(prompt => (int[])[.. start, .. prompt])];
    }

    private static List<int> Encode(string path, ITokenizer tokenizer, int most)
    {
        List<int> tokens = [];
        var piece = new char[PieceLength + 1];
        try
        {
            using var reader = new StreamReader(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: false);
            while (tokens.Count < most && reader.ReadBlock(piece, 0, PieceLength) is > 0 and var length)
            {
                // Both halves of a character, or it would be none.
                if (char.IsHighSurrogate(piece[length - 1]) && reader.Read() is >= 0 and var low)
                    piece[length++] = (char)low;

                tokens.AddRange(tokenizer.Encode(new string(piece, 0, length)));
            }
            return tokens;
        }
        catch (DecoderFallbackException)
        {
            // Not kept as the cause: it quotes bytes of the file.
            throw new InvalidDataException("--text must name a file of UTF-8 text; it holds other bytes.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"--text cannot be read: {e.Message}", e);
        }
    }
}
