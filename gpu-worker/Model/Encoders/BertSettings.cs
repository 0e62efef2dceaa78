namespace Serverless.GpuWorker.Model.Encoders;

/// <summary>What is to be known of a BERT encoder beside its ONNX model and its vocabulary.</summary>
public sealed record BertSettings
{
    public EncoderPooling Pooling { get; init; }

    /// <summary>What is put before a text that asks; may be empty.</summary>
    public string QueryPrompt { get; init; } = "";

    /// <summary>What is put before a text that is asked for; may be empty.</summary>
    public string DocumentPrompt { get; init; } = "";

    /// <summary>Whether a prompt's tokens count in the mean.</summary>
    public bool PoolsPrompt { get; init; } = true;

    /// <summary>Tokens of a text, [CLS] and [SEP] included; what is longer is cut.</summary>
    public int MaxTokens { get; init; } = 512;

    public bool LowerCase { get; init; } = true;

    /// <summary>Null for as <see cref="LowerCase"/>.</summary>
    public bool? StripAccents { get; init; }

    public bool SplitIdeographs { get; init; } = true;
}
