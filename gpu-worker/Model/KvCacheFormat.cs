namespace Serverless.GpuWorker.Model;

/// <summary>How keys and values are held in the paged cache.</summary>
public enum KvCacheFormat
{
    /// <summary>Four bytes a number.</summary>
    Float32,

    /// <summary>Eight bits a number, and a scale for each token and key-value head: a good quarter of the memory.</summary>
    Int8,
}
