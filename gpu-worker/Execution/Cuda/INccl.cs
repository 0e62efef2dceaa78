using Microsoft.ML.OnnxRuntime.Tensors;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>The calls of NCCL that a group is made of (https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/api.html). None blocks.</summary>
internal interface INccl
{
    /// <summary>The name of a new group, <see cref="RankAssignment.UniqueIdBytes"/> bytes, which every rank must be told.</summary>
    /// <exception cref="CudaException">NCCL failed.</exception>
    byte[] CreateUniqueId();

    /// <summary>Begins to join a group on the calling thread's device; <see cref="AsyncError"/> tells when all ranks have.</summary>
    /// <exception cref="CudaException">NCCL failed.</exception>
    nint JoinGroup(int ranks, byte[] uniqueId, int rank);

    /// <summary>How the communicator fares; may be called while another thread uses it.</summary>
    NcclResult AsyncError(nint communicator);

    /// <summary>Asks for a sum over the ranks, on the stream.</summary>
    NcclResult AllReduce(nint source, nint destination, long count, TensorElementType type, nint communicator, nint stream);

    /// <summary>Asks for every rank's part, in the order of ranks, on the stream.</summary>
    /// <param name="destination">Ranks times <paramref name="count"/> elements.</param>
    /// <param name="count">Elements of a part: as many on every rank.</param>
    NcclResult AllGather(nint source, nint destination, long count, TensorElementType type, nint communicator, nint stream);

    /// <summary>Ends what is under way on the device and frees the communicator, which must not be used again.</summary>
    void Abort(nint communicator);

    string Describe(NcclResult result);
}
