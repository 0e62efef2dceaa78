namespace Serverless.GpuWorker.Tokenization;

/// <summary>A model's own text-to-token mapping.</summary>
public interface ITokenizer
{
    int VocabularySize { get; }

    /// <summary>Begin-of-sequence id; null when the model has none (T5).</summary>
    int? BosId { get; }

    int EosId { get; }

    /// <summary>The ids of <paramref name="text"/>, which is never parsed for control tokens; no BOS or EOS is added.</summary>
    int[] Encode(string text);

    /// <summary>The text of ids; control tokens yield nothing, invalid UTF-8 yields U+FFFD.</summary>
    string Decode(ReadOnlySpan<int> ids);

    /// <summary>The bytes that an id prints as within a text, spaces included; null where it prints nothing of a text: control and unknown pieces.</summary>
    byte[]? BytesOf(int id);

    /// <summary>A decoder for a stream of ids that never emits a broken character; the first piece loses its leading space, as Decode's does.</summary>
    IStreamingDecoder CreateStreamingDecoder();
}
