using Serverless.GpuWorker.Conversion;
using Serverless.GpuWorker.Execution.Cuda.Ranks;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>Loads a checkpoint onto a CUDA device, after finding out that it can run there, and says what each of several ranks is to load.</summary>
internal static class CudaLlamaLoader
{
    private const int Device = 0;

    /// <summary>
    /// The share of a device's memory that weights and cache take where the settings do not say: vLLM's gpu_memory_utilization. Activations, workspaces, graphs and NCCL have the rest.
    /// </summary>
    private const double MemoryShare = 0.9;

    /// <summary>The share that is left to what does not come out of ONNX Runtime's arena: CUDA's context, kernels, cuBLAS, graphs and NCCL.</summary>
    private const double OutsideShare = 0.05;

    /// <returns>The session, and the blocks that its cache has for the engine.</returns>
    /// <exception cref="CudaUnavailableException">Something that the device, the settings or the model need is missing.</exception>
    /// <exception cref="CheckpointException">The folder does not hold a Llama that can be run.</exception>
    public static (IStepModel Model, int Blocks) Load(LlmEngineOptions options, LlamaConfig config, TimeProvider time)
    {
        if (options.Ranks is not (null or 1))
            throw new CudaUnavailableException($"Worker:Ranks is {options.Ranks}; with Worker:Device=cuda it must be 1 here: ranks are processes, which only serve's engine starts.");

        options = WithCache(options, config, () => CudaProbe.TotalMemory(Device));
        var format = Format(options);
        var shard = new LlamaShard(config);
        var session = SessionOptions(options, format, Blocks(options, config, format), CudaKernelRules.BlockSize(config.HeadSize)) with { MaxSampledRows = Rows(options, config) };
        CudaProbe.Check(shard, format, options.MaxSequences, Device, DeviceBytes(shard, session), time);
        using var checkpoint = Open(options.CheckpointPath, config, format);
        using var weights = CudaWeights.Load(checkpoint, shard, format);
        return (Create(session, shard, weights), session.Blocks);
    }

    /// <summary>The options, with the cache that the devices hold beside the weights where they do not say one.</summary>
    /// <param name="memory">Asks for all bytes of rank 0's device, whoever has them now; the others are taken to have as many.</param>
    /// <exception cref="CudaUnavailableException">The weights leave nothing.</exception>
    /// <exception cref="CheckpointException">The model cannot be divided among so many ranks.</exception>
    public static LlmEngineOptions WithCache(LlmEngineOptions options, LlamaConfig config, Func<long> memory)
    {
        if (options.KvCacheBlocks > 0 || options.KvCacheBytes > 0)
            return options;

        // All caches have as many blocks, so the rank with the most weights says how many: it has lm_head, where that is not dealt out, or one block of channels more.
        int ranks = options.Ranks ?? 1;
        var format = Format(options);
        LlamaShard[] shards = [.. Enumerable.Range(0, ranks).Select(rank => new LlamaShard(config, rank, ranks))];
        long weights = shards.Max(shard => CudaPlan.Bytes(shard, format)), total = memory();
        // Of rank 0, which has the logits. It is little beside a tenth of the device, unless a step has tens of thousands of tokens.
        long activations = CudaActivations.Bytes(shards[0], format, options.MaxBatchedTokens, Rows(options, config));
        long cache = Math.Min((long)(total * MemoryShare), (long)(total * (1 - OutsideShare)) - activations) - weights;
        if (cache <= 0)
        {
            throw new CudaUnavailableException(
                $"Worker:WeightFormat: the weights take {weights >> 20} MiB, a step of Worker:MaxBatchedTokens={options.MaxBatchedTokens} up to {activations >> 20} MiB, and device {Device} has {total >> 20} MiB, of which at most {MemoryShare:P0} are for weights and cache. Use int8 or int4, smaller steps, or more Worker:Ranks.");
        }

        return options with { KvCacheBytes = cache * ranks };
    }

    /// <summary>What rank 0 of a group is to load; nothing of it is looked at that takes a device or time.</summary>
    /// <exception cref="CheckpointException">The folder is a converted one, or the model cannot be divided so.</exception>
    /// <exception cref="ArgumentException">The cache is too small.</exception>
    public static RankModel PlanRanks(LlmEngineOptions options, LlamaConfig config, byte[] uniqueId, TimeSpan timeout)
    {
        RefuseConverted(options.CheckpointPath);
        var assignment = new RankAssignment(0, options.Ranks ?? 1, 0, uniqueId, timeout);
        assignment.Validate();
        for (int rank = 0; rank < assignment.Ranks; rank++)
            CudaRankLoader.Shard(config, assignment with { Rank = rank });

        return new RankModel(options with { KvCacheBlocks = Blocks(options, config, Format(options)) }, assignment);
    }

    /// <summary>Opens a checkpoint, whose tensors must be those of the model, no more.</summary>
    /// <exception cref="CheckpointException">They are not, the ranges of a quantised cache are missing, or the folder is a converted one: those hold the CPU's layout.</exception>
    public static Checkpoint Open(string folder, LlamaConfig config, CudaFormat format)
    {
        RefuseConverted(folder);
        var whole = new LlamaShard(config);
        var checkpoint = LlamaWeights.Open(folder, CudaPlan.Weights(whole, format));
        try
        {
            if (format.IsCacheQuantized)
                CacheRangeFile.AddTo(checkpoint, format.Cache, CudaPlan.CacheScales(whole, format));

            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>A session of a whole model whose weights are in memory already.</summary>
    public static CudaLlamaSession Create(CudaLlamaOptions options, LlamaShard shard, CudaWeights weights) =>
        new(options, shard, weights, new CudaDevice(Device, options.UseGraphs, ArenaBytes(shard, options, CudaProbe.TotalMemory(Device))));

    /// <summary>
    /// The limit of a session's arena, weights included: what the device has beside the cache and what lies outside of the arena, so that an arena with holes in it does not take what graphs
    /// and NCCL need later; at least what the largest step is taken to need, which then is missed at start, where it is.
    /// </summary>
    /// <param name="total">Bytes of the device.</param>
    public static long ArenaBytes(LlamaShard shard, CudaLlamaOptions options, long total)
    {
        long needed = CudaPlan.Bytes(shard, options.Format) + CudaActivations.Bytes(shard, options.Format, options.MaxTokens, Math.Max(options.MaxSequences, options.MaxSampledRows));
        return Math.Max((long)(total * (1 - OutsideShare)) - CacheBytes(shard, options), needed);
    }

    public static CudaLlamaOptions SessionOptions(LlmEngineOptions options, CudaFormat format, int blocks, int blockSize) => new()
    {
        Format = format,
        Blocks = blocks,
        BlockSize = blockSize,
        MaxTokens = options.MaxBatchedTokens,
        MaxSequences = options.MaxSequences,
    };

    /// <summary>Rows of logits of a step: one a sequence, and those of prompts whose likelihoods are asked for.</summary>
    public static int Rows(LlmEngineOptions options, LlamaConfig whole) => options.MaxSequences + PromptRows.Of(whole.VocabularySize, options.MaxBatchedTokens);

    /// <summary>What a rank's weights and its part of the cache take on its device.</summary>
    public static long DeviceBytes(LlamaShard shard, CudaLlamaOptions options) => CudaPlan.Bytes(shard, options.Format) + CacheBytes(shard, options);

    /// <summary>What a rank's part of the cache takes on its device.</summary>
    public static long CacheBytes(LlamaShard shard, CudaLlamaOptions options) =>
        (long)(options.Blocks + PaddedStep.ReservedBlocks) * options.BlockSize * options.Format.CacheBytesPerToken(shard.Config);

    /// <summary>
    /// The engine's blocks: what the memory of all ranks together holds without the blocks that sessions keep; no more than all sequences of a
    /// step can use. A rank has its own heads of every block, so all have as many and each takes as large a part of the memory.
    /// </summary>
    public static int Blocks(LlmEngineOptions options, LlamaConfig config, CudaFormat format)
    {
        if (options.KvCacheBlocks > 0)
            return options.KvCacheBlocks;

        int blockSize = CudaKernelRules.BlockSize(config.HeadSize);
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
        Cache = options.KvCacheFormat,
    };

    private static void RefuseConverted(string folder)
    {
        if (ConvertedFolder.Is(folder))
            throw new CheckpointException("The folder is converted, for the CPU: with Worker:Device=cuda give the checkpoint that it was made of.");
    }
}
