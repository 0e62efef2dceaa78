namespace Serverless.GpuWorker.Embedding;

/// <summary>Embeds texts with an encoder.</summary>
public interface IEmbedder
{
    string ModelName { get; }

    /// <summary>Length of a vector.</summary>
    int Dimensions { get; }

    /// <summary>Tokens of instruction and text together; what is longer is cut.</summary>
    int MaxTokens { get; }

    /// <summary>Whether its encoder is there; while it is started again, what is asked for waits.</summary>
    bool IsReady => true;

    /// <summary>Whether it is dead for good.</summary>
    bool HasFailed => false;

    /// <summary>Vectors of unit length, in the order of the inputs.</summary>
    Task<IReadOnlyList<EmbeddingVector>> EmbedAsync(IReadOnlyList<EmbeddingInput> inputs, CancellationToken cancellationToken);
}
