namespace Serverless.GpuWorker.Reranking;

/// <summary>How a model scores a pair of query and document.</summary>
public enum RerankerKind
{
    /// <summary>It reads both as one text and gives a logit.</summary>
    CrossEncoder,

    /// <summary>It encodes them apart, and their tokens are compared.</summary>
    LateInteraction,
}
