namespace Serverless.GpuWorker.Scheduling;

/// <summary>How many rows of logits a step has for prompts whose likelihoods are asked for. They are what such a prompt's chunks are bounded by, so that their memory is.</summary>
internal static class PromptRows
{
    private const int Least = 16, Most = 256;

    /// <summary>Bytes of these rows, as far as <see cref="Least"/> of them are not more.</summary>
    private const long Bytes = 32L << 20;

    /// <param name="vocabularySize">Columns of a row, 4 bytes each.</param>
    /// <param name="maxTokens">Most tokens of a step, of which no more than one can have each row.</param>
    public static int Of(int vocabularySize, int maxTokens) => (int)Math.Min(maxTokens, Math.Clamp(Bytes / (sizeof(float) * (long)vocabularySize), Least, Most));
}
