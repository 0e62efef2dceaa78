namespace Serverless.GpuWorker.Tokenization;

/// <summary>The text-to-token mapping of a model that generates, or of one that ends its texts with EOS.</summary>
public interface ITokenizer : ITextTokenizer
{
    /// <summary>Begin-of-sequence id; null when the model has none (T5).</summary>
    int? BosId { get; }

    int EosId { get; }

    /// <summary>The bytes that an id prints as within a text, spaces included; null where it prints nothing of a text: control and unknown pieces.</summary>
    byte[]? BytesOf(int id);

    /// <summary>Whether a text's first token may lose a space that the tokenizer itself has put before the text.</summary>
    bool DropsFirstSpace => false;

    /// <summary>Whether an id that begins with a space loses it as a text's first token.</summary>
    bool DropsSpaceOf(int id) => false;

    /// <summary>A decoder for a stream of ids that never emits a broken character; the first piece loses its leading space, as Decode's does.</summary>
    IStreamingDecoder CreateStreamingDecoder();

    /// <summary>A Llama begins with BOS; T5 has none and ends every text with EOS.</summary>
    int[] ITextTokenizer.WithSpecialTokens(int[] ids) => BosId is { } bos ? [bos, .. ids] : [.. ids, EosId];
}
