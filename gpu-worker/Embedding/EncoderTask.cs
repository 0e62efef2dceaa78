namespace Serverless.GpuWorker.Embedding;

/// <summary>What an encoder's model is run for. One model in memory may serve several.</summary>
public enum EncoderTask
{
    /// <summary>It gives a text's vector.</summary>
    Embedding,

    /// <summary>It reads a pair of query and document as one text and gives a logit.</summary>
    CrossEncoding,

    /// <summary>It encodes query and document apart, and their tokens are compared.</summary>
    LateInteraction,
}
