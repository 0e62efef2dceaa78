namespace Serverless.GpuWorker.Supervision.Wire;

/// <summary>What a child has loaded.</summary>
internal sealed record LoadedModel
{
    /// <summary>Tokens of prompt and answer together, or of a text.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Length of the vector of an encoder that embeds; 1 of one that scores, 0 for a language model.</summary>
    public int Dimensions { get; init; }
}
