using Microsoft.ML.OnnxRuntime.Tensors;

namespace Serverless.GpuWorker.Model;

/// <summary>The number formats of a Llama's CUDA graph.</summary>
internal sealed record CudaFormat
{
    /// <summary>What activations, norms and unquantised matrices are: F16 or BF16.</summary>
    public TensorType Activations { get; init; } = TensorType.F16;

    /// <summary>Int8 or Int4; any other value means matrices as activations.</summary>
    public WeightFormat Weights { get; init; } = WeightFormat.Checkpoint;

    /// <summary>
    /// Whether the KV cache is int8, symmetric, with one scale a layer for keys and one for values, which the checkpoint must have; otherwise it
    /// is as activations are.
    /// </summary>
    public bool IsCacheQuantized { get; init; }

    /// <summary>Bits of a level of a quantised matrix; 0 where matrices are not quantised.</summary>
    public int Bits => Weights switch
    {
        WeightFormat.Int8 => 8,
        WeightFormat.Int4 => 4,
        _ => 0,
    };

    public TensorElementType ActivationType => Activations == TensorType.BF16 ? TensorElementType.BFloat16 : TensorElementType.Float16;

    public TensorElementType CacheType => IsCacheQuantized ? TensorElementType.Int8 : ActivationType;

    /// <summary>Bytes that one token takes in the cache, all layers together.</summary>
    public long CacheBytesPerToken(LlamaConfig config) => 2L * CacheElementBytes * config.Layers * config.KvHeads * config.HeadSize;

    public int CacheElementBytes => IsCacheQuantized ? sizeof(sbyte) : sizeof(ushort);

    /// <summary>Bytes that a model's weights take on the device: matrices in their format, embeddings as activations.</summary>
    public long WeightBytes(LlamaConfig config)
    {
        long hidden = config.HiddenSize, table = config.VocabularySize * hidden, heads = (2L * config.Heads) + (2L * config.KvHeads);
        long matrices = config.Layers * ((heads * config.HeadSize * hidden) + (3L * hidden * config.IntermediateSize)) + (config.TiedEmbeddings ? 0 : table);
        return (table * sizeof(ushort)) + (Bits == 0 ? matrices * sizeof(ushort) : (matrices * Bits / 8) + (matrices / BlockQuantizer.BlockSize * sizeof(ushort)));
    }
}
