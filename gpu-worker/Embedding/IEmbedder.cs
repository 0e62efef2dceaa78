namespace Serverless.GpuWorker.Embedding;

/// <summary>Embeds texts with an encoder: instruction and text together are cut to its length.</summary>
public interface IEmbedder : IEncodingModel
{
    /// <summary>Length of a vector.</summary>
    int Dimensions { get; }

    /// <summary>Vectors of unit length, in the order of the inputs.</summary>
    Task<IReadOnlyList<EmbeddingVector>> EmbedAsync(IReadOnlyList<EmbeddingInput> inputs, CancellationToken cancellationToken);
}
