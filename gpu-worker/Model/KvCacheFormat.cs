namespace Serverless.GpuWorker.Model;

/// <summary>How keys and values are held in the paged cache.</summary>
public enum KvCacheFormat
{
    /// <summary>Four bytes a number; on CUDA two, as activations are.</summary>
    Float32,

    /// <summary>
    /// Eight bits a number. On the CPU with a scale for each token and key-value head, a good quarter of the memory; on CUDA with one for each channel of each
    /// key-value head (<see cref="CacheScale"/>), measured beforehand, half of it.
    /// </summary>
    Int8,
}
