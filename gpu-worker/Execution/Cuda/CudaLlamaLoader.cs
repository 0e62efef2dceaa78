using Serverless.GpuWorker.Conversion;
using Serverless.GpuWorker.Model;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>Loads a checkpoint onto a CUDA device, after finding out that it can run there.</summary>
internal static class CudaLlamaLoader
{
    private const int Device = 0;

    /// <returns>The session, and the blocks that its cache has for the engine.</returns>
    /// <exception cref="CudaUnavailableException">Something that the device, the settings or the model need is missing.</exception>
    /// <exception cref="CheckpointException">The folder does not hold a Llama that can be run.</exception>
    public static (CudaLlamaSession Session, int Blocks) Load(LlmEngineOptions options, LlamaConfig config)
    {
        if (options.Ranks is not (null or 1))
            throw new CudaUnavailableException($"Worker:Ranks is {options.Ranks}; with Worker:Device=cuda it must be 1: a rank on CUDA is a process of its own, which serve does not start.");

        var format = Format(options);
        var shard = new LlamaShard(config);
        int blockSize = CudaKernelRules.BlockSize(config.HeadSize);
        int blocks = options.KvCacheBlocks > 0 ? options.KvCacheBlocks : BlocksIn(options, config, format, blockSize);
        CudaProbe.Check(shard, format, options.MaxSequences, Device, CudaPlan.Bytes(shard, format) + ((blocks + PaddedStep.ReservedBlocks) * blockSize * format.CacheBytesPerToken(config)));
        using var checkpoint = Open(options.CheckpointPath, config, format);
        using var weights = CudaWeights.Load(checkpoint, shard, format);
        return (Create(options, format, shard, weights, blocks, blockSize), blocks);
    }

    /// <summary>Opens a checkpoint, whose tensors must be those of the model, no more.</summary>
    /// <exception cref="CheckpointException">They are not, the scales of a quantised cache are missing, or the folder is a converted one: those hold the CPU's layout.</exception>
    public static Checkpoint Open(string folder, LlamaConfig config, CudaFormat format)
    {
        if (ConvertedFolder.Is(folder))
            throw new CheckpointException("The folder is converted, for the CPU: with Worker:Device=cuda give the checkpoint that it was made of.");

        var whole = new LlamaShard(config);
        var checkpoint = LlamaWeights.Open(folder, CudaPlan.Weights(whole, format));
        try
        {
            if (format.IsCacheQuantized)
                CacheScaleFile.AddTo(checkpoint, CudaPlan.CacheScales(whole, format));

            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>A session of weights that are in memory already.</summary>
    public static CudaLlamaSession Create(LlmEngineOptions options, CudaFormat format, LlamaShard shard, CudaWeights weights, int blocks, int blockSize) => new(
        new CudaLlamaOptions
        {
            Format = format,
            Blocks = blocks,
            BlockSize = blockSize,
            MaxTokens = options.MaxBatchedTokens,
            MaxSequences = options.MaxSequences,
        },
        shard,
        weights,
        new CudaDevice(Device, useGraphs: true));

    /// <summary>What the memory holds without the blocks that the session keeps; no more than all sequences of a step can use.</summary>
    private static int BlocksIn(LlmEngineOptions options, LlamaConfig config, CudaFormat format, int blockSize)
    {
        long blockBytes = format.CacheBytesPerToken(config) * blockSize, fitting = (options.KvCacheBytes / blockBytes) - PaddedStep.ReservedBlocks;
        long useful = options.MaxSequences * (((long)config.ContextLength + blockSize - 1) / blockSize);
        return fitting >= 2
            ? (int)Math.Min(fitting, useful)
            : throw new ArgumentException($"Worker:KvCacheMegabytes must be at least {((2 + PaddedStep.ReservedBlocks) * blockBytes / (1 << 20)) + 1} with this model and Worker:Device=cuda.", nameof(options));
    }

    public static CudaFormat Format(LlmEngineOptions options) => new()
    {
        Activations = options.ActivationType == ActivationType.BFloat16 ? TensorType.BF16 : TensorType.F16,
        Weights = options.WeightFormat ?? WeightFormat.Checkpoint,
        IsCacheQuantized = options.KvCacheFormat == KvCacheFormat.Int8,
    };
}
