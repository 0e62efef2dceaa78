namespace Serverless.GpuWorker.Model.Encoders;

/// <summary>How a text's vector is made of its tokens' hidden states.</summary>
public enum EncoderPooling
{
    /// <summary>The mean over all tokens, [CLS] and [SEP] included.</summary>
    Mean,

    /// <summary>The hidden state of [CLS], the first token.</summary>
    Cls,
}
