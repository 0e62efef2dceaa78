using Serverless.GpuWorker.Model;

namespace Serverless.GpuWorker.Execution.Cuda.Ranks;

/// <summary>Makes a rank in two parts, so that all ranks join at one time however long each takes to read its weights.</summary>
internal interface IRankLoader
{
    /// <summary>Looks at the rank's device and reads its weights. Takes seconds to minutes, on the calling thread.</summary>
    /// <exception cref="CudaUnavailableException">CUDA, NCCL, the device or its memory is not what the model needs.</exception>
    /// <exception cref="CheckpointException">The folder does not hold a Llama that can be run by so many ranks.</exception>
    IPreparedRank Prepare(RankModel model);
}
