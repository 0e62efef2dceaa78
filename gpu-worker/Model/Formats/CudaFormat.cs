using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Model.Formats;

/// <summary>The number formats of a Llama's CUDA graph.</summary>
internal sealed record CudaFormat
{
    /// <summary>What activations, norms and unquantised matrices are: F16 or BF16.</summary>
    public TensorType Activations { get; init; } = TensorType.F16;

    /// <summary>Int8 or Int4; any other value means matrices as activations.</summary>
    public WeightFormat Weights { get; init; } = WeightFormat.Checkpoint;

    /// <summary>
    /// Of the KV cache. Float32 means as activations; any other is symmetric, with a scale for each channel of each key-value head, out of ranges that must be
    /// beside the checkpoint (<see cref="CacheRangeFile"/>).
    /// </summary>
    public KvCacheFormat Cache { get; init; } = KvCacheFormat.Float32;

    public bool IsCacheQuantized => Cache != KvCacheFormat.Float32;

    /// <summary>Bits of a level of a quantised matrix; 0 where matrices are not quantised.</summary>
    public int Bits => WeightFormats.QuantizedBits(Weights);

    public TensorElementType ActivationType => Activations == TensorType.BF16 ? TensorElementType.BFloat16 : TensorElementType.Float16;

    /// <summary>What the graph takes the caches as: float8 as bytes (<see cref="OnnxDomain.Caches"/>).</summary>
    public TensorElementType CacheType => Cache switch
    {
        KvCacheFormat.Int8 => TensorElementType.Int8,
        KvCacheFormat.Float8 => TensorElementType.UInt8,
        _ => ActivationType,
    };

    /// <summary>Bytes that one token takes in the cache, all layers together.</summary>
    public long CacheBytesPerToken(LlamaConfig config) => 2L * CacheElementBytes * config.Layers * config.KvHeads * config.HeadSize;

    public int CacheElementBytes => IsCacheQuantized ? sizeof(sbyte) : sizeof(ushort);

    /// <summary>How a weight that is not quantised lies on the device: as activations.</summary>
    public WeightLayout PlainLayout(PlannedWeight weight) => new(weight.Name, ActivationType, weight.IsVector ? [weight.Columns] : [weight.Rows, weight.Columns]);

    /// <summary>How the levels and the scales of a quantised matrix lie on the device.</summary>
    public (WeightLayout Levels, WeightLayout Scales) QuantizedLayouts(PlannedWeight weight)
    {
        int blocks = weight.Columns / BlockQuantizer.BlockSize;
        return (
            new(CudaWeightNames.Levels(weight.Name), TensorElementType.UInt8, [weight.Rows, blocks, NBitsMatrix.RowBytes(Bits, BlockQuantizer.BlockSize)]),
            new(CudaWeightNames.Scales(weight.Name), ActivationType, [weight.Rows, blocks]));
    }

    /// <summary>Bytes that a weight takes on the device.</summary>
    public long BytesOf(PlannedWeight weight)
    {
        if (WeightFormats.QuantizedBits(weight.Format) == 0)
            return PlainLayout(weight).Bytes;

        var (levels, scales) = QuantizedLayouts(weight);
        return levels.Bytes + scales.Bytes;
    }
}
