namespace Serverless.GpuWorker.Tokenization;

/// <summary>What is done to text before it is cut (NormalizerSpec of sentencepiece_model.proto).</summary>
public sealed record NormalizerSpec
{
    /// <summary>Character rules as a double-array trie and its replacement strings; empty for the identity.</summary>
    public byte[] PrecompiledCharsmap { get; init; } = [];

    public bool AddDummyPrefix { get; init; } = true;

    public bool RemoveExtraWhitespaces { get; init; } = true;

    /// <summary>Writes spaces as U+2581.</summary>
    public bool EscapeWhitespaces { get; init; } = true;
}
