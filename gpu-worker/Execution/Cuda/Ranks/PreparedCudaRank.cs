using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Weights;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace Serverless.GpuWorker.Execution.Cuda.Ranks;

/// <summary>A rank's weights, and what it takes to join the others.</summary>
/// <param name="source">What the weights lie in, partly; becomes the rank's own.</param>
/// <param name="createDevice">Called on the thread that joins: CUDA keeps a device for each thread.</param>
/// <param name="addOperators">Registers AllReduce and AllGather.</param>
internal sealed class PreparedCudaRank(
    CudaLlamaOptions options,
    LlamaShard shard,
    IDisposable source,
    CudaWeights weights,
    RankAssignment assignment,
    INccl nccl,
    Func<ICudaDevice> createDevice,
    Action<SessionOptions> addOperators,
    TimeProvider time) : IPreparedRank
{
    /// <inheritdoc/>
    public IRank Join() => CudaRank.Join(options, shard, weights, createDevice(), () => new NcclGroup(nccl, assignment, time), addOperators);

    public void Dispose()
    {
        weights.Dispose();
        source.Dispose();
    }
}
