namespace Serverless.GpuWorker.Tokenization;

/// <summary>A model's own text-to-token mapping, as far as an encoder needs it.</summary>
public interface ITextTokenizer
{
    int VocabularySize { get; }

    /// <summary>The ids of <paramref name="text"/>, which is never parsed for control tokens; no special tokens are added.</summary>
    int[] Encode(string text);

    /// <summary>A text's ids with the special tokens that the model wants around them.</summary>
    int[] WithSpecialTokens(int[] ids);

    /// <summary>The text of ids; control tokens yield nothing, invalid UTF-8 yields U+FFFD.</summary>
    string Decode(ReadOnlySpan<int> ids);
}
