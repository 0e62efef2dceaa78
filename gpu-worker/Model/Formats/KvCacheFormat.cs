namespace Serverless.GpuWorker.Model.Formats;

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

    /// <summary>
    /// float8e4m3fn on CUDA alone: eight bits a number, 1 to 448 with three bits of fraction, with scales as for <see cref="Int8"/>. Numbers keep their relative error
    /// (at most 1/16) where int8 keeps an absolute one.
    /// </summary>
    Float8,
}
