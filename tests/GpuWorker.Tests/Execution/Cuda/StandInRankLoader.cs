using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Execution.Cuda.Ranks;
using Serverless.GpuWorker.Execution.Operators;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

/// <summary>Ranks on the CPU: everything of them is real but the device's memory, paged attention and NCCL.</summary>
/// <param name="time">The ranks' clock.</param>
internal sealed class StandInRankLoader(INccl nccl, TimeProvider time) : IRankLoader
{
    private static readonly nint OnCpu = CudaOperators.CreateDomain(TensorElementType.Float16, provider: null);

    /// <summary>Called before a rank is prepared.</summary>
    public Action<RankAssignment> BeforePrepare { get; init; } = _ => { };

    /// <summary>Options of an engine whose ranks it loads.</summary>
    public static LlmEngineOptions Options(string folder, int ranks) => new()
    {
        CheckpointPath = folder,
        ModelName = "tiny",
        Device = EngineDevice.Cuda,
        WeightFormat = WeightFormat.Checkpoint,
        Ranks = ranks,
        KvCacheBlocks = 64,
        BlockSize = 16,
        MaxSequences = 8,
        MaxBatchedTokens = 64,
    };

    public IPreparedRank Prepare(RankModel model)
    {
        BeforePrepare(model.Assignment);
        var format = CudaLlamaLoader.Format(model.Engine);
        var shard = Shard(RankWeights.Shape(model), model.Assignment.Rank, model.Assignment.Ranks);
        var options = CudaLlamaLoader.SessionOptions(model.Engine, format, model.Engine.KvCacheBlocks, model.Engine.BlockSize) with { AttentionDomain = PagedAttentionStandIn.Domain, MaxSampledRows = 64 };
        var (source, weights) = RankWeights.Load(model, shard, format);
        return new PreparedCudaRank(options, shard, source, weights, model.Assignment, nccl, () => new HostDevice(), o => AddOperators(o, format.Cache), time);
    }

    /// <summary>lm_head is dealt out wherever it can be: models of tests have small ones.</summary>
    public static LlamaShard Shard(LlamaConfig config, int rank, int ranks) =>
        new(config, rank, ranks, VocabularySharding.CanBeSharded(config.VocabularySize, ranks, config.TiedEmbeddings));

    public static void AddOperators(Microsoft.ML.OnnxRuntime.SessionOptions options, KvCacheFormat cache)
    {
        OrtNativeApi.AddDomain(options.DangerousGetHandle(), OnCpu);
        PagedAttentionStandIn.Register(options, cache);
    }
}
