namespace Serverless.Functions.Ingestion.Chunking;

/// <summary>How long chunks are, and where they may end.</summary>
/// <param name="MaxTokens">Tokens of the embedding model that a chunk may have, 16..2,048.</param>
/// <param name="OverlapTokens">Tokens, in whole sentences, that a chunk may repeat from the one before; 0..MaxTokens / 2.</param>
public sealed record ChunkingSettings(int MaxTokens, int OverlapTokens, ChunkStrategy Strategy = ChunkStrategy.Sentences)
{
    private const int BytesPerToken = 8;

    /// <summary>
    /// UTF-8 bytes that a chunk may have whatever its tokens: a model that does not know a script takes whole lines of it for one unknown token, while the
    /// model that answers may need a token for each byte. No text of words comes near it.
    /// </summary>
    public int MaxBytes => MaxTokens * BytesPerToken;

    /// <summary>What so many bytes count for at least.</summary>
    public static int Weight(int bytes) => (bytes + BytesPerToken - 1) / BytesPerToken;
}
