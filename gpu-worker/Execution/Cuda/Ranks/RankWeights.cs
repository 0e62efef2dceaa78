using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Execution.Cuda.Ranks;

/// <summary>Where a rank's weights come from: a checkpoint, or random numbers.</summary>
internal static class RankWeights
{
    private const int Seed = 1;

    /// <summary>The whole model's shape.</summary>
    /// <exception cref="CheckpointException">The folder does not hold a Llama, or there is no such shape.</exception>
    public static LlamaConfig Shape(RankModel model) => model.Random is { } random
        ? ModelShape.Find(random.Name, random.ContextLength) ?? throw new CheckpointException($"There is no shape {random.Name}: use {ModelShape.Names}.")
        : LlamaConfig.Read(model.Engine.CheckpointPath);

    /// <returns>The weights, and what they lie in, partly: it must outlive them.</returns>
    /// <exception cref="CheckpointException">A tensor is missing, surplus, has another shape, or holds what the format cannot.</exception>
    public static (IDisposable Source, CudaWeights Weights) Load(RankModel model, LlamaShard shard, CudaFormat format) => model.Random is null
        ? Load(CudaLlamaLoader.Open(model.Engine.CheckpointPath, shard.Whole, format), shard, format)
        : Load(RandomWeights.For(shard.Whole, Seed), shard, format);

    private static (IDisposable Source, CudaWeights Weights) Load<TSource>(TSource source, LlamaShard shard, CudaFormat format)
        where TSource : IWeightSource, IDisposable
    {
        try
        {
            return (source, CudaWeights.Load(source, shard, format));
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }
}
