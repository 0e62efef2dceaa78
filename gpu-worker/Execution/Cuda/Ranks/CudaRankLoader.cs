using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Execution.Cuda.Ranks;

/// <summary>Prepares ranks on CUDA devices. Whether lm_head is dealt out among them is decided by its size, as on the CPU (<see cref="VocabularySharding"/>).</summary>
internal sealed class CudaRankLoader(TimeProvider time) : IRankLoader
{
    /// <inheritdoc/>
    public IPreparedRank Prepare(RankModel model)
    {
        var (engine, assignment) = (model.Engine, model.Assignment);
        CudaProbe.Require(CudaLibraries.Missing());
        var nccl = NcclLibrary.Load();
        var format = CudaLlamaLoader.Format(engine);
        var shard = Shard(RankWeights.Shape(model), assignment);
        var options = CudaLlamaLoader.SessionOptions(engine, format, engine.KvCacheBlocks, CudaKernelRules.BlockSize(shard.Config.HeadSize)) with { MaxSampledRows = CudaLlamaLoader.Rows(engine, shard.Whole) };
        CudaProbe.Check(shard, format, engine.MaxSequences, assignment.Device, CudaLlamaLoader.DeviceBytes(shard, options), time, () => new NcclGroup(nccl, assignment.Alone(nccl.CreateUniqueId()), time));
        var (source, weights) = RankWeights.Load(model, shard, format);
        long arena = CudaLlamaLoader.ArenaBytes(shard, options, CudaProbe.TotalMemory(assignment.Device));
        return new PreparedCudaRank(
            options, shard, source, weights, assignment, nccl, () => new CudaDevice(assignment.Device, options.UseGraphs, arena), o => CudaOperators.Register(o, format.ActivationType), time);
    }

    /// <exception cref="CheckpointException">The model cannot be divided so; the message names the numbers.</exception>
    public static LlamaShard Shard(LlamaConfig config, RankAssignment assignment) => new(config, assignment.Rank, assignment.Ranks);
}
