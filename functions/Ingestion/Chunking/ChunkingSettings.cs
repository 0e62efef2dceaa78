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

    /// <summary>
    /// What a text counts for at least: a token for eight bytes, or for four bytes of scripts from U+0800 on, whose characters say more each and cost a model that
    /// does not know them a token a byte.
    /// </summary>
    public static int Weight(ReadOnlySpan<char> text)
    {
        var units = 0;
        foreach (var c in text) units += c < 0x80 ? 1 : c < 0x800 ? 2 : char.IsSurrogate(c) ? 4 : 6;
        return (units + BytesPerToken - 1) / BytesPerToken;
    }
}
