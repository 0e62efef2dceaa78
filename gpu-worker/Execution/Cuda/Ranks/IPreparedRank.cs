namespace Serverless.GpuWorker.Execution.Cuda.Ranks;

/// <summary>A rank whose weights are in the host's memory. What takes long, and what can be wrong with files and device, lies behind it.</summary>
internal interface IPreparedRank : IDisposable
{
    /// <summary>Joins the group, which takes until every rank does, and takes the rank's part to its device. The weights here are then no longer needed.</summary>
    /// <exception cref="RankGroupFailedException">The others did not come in time.</exception>
    /// <exception cref="CudaException">The device failed.</exception>
    IRank Join();
}
