using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>NCCL itself, by P/Invoke. Structures are those of nccl.h 2.18, which later libraries accept by their size and version.</summary>
internal sealed unsafe partial class NcclLibrary : INccl
{
    private const string Library = "libnccl.so.2";
    private const int Undefined = int.MinValue;
    private const int Sum = 0;

    private NcclLibrary()
    {
    }

    /// <summary>Loads the library and keeps it to loopback: whoever has one, in an engine, a rank or a benchmark, has that.</summary>
    /// <exception cref="CudaUnavailableException">The library is missing.</exception>
    public static NcclLibrary Load()
    {
        if (!NativeLibrary.TryLoad(Library, out _))
            throw new CudaUnavailableException($"Worker:Ranks: NCCL could not be loaded: {Library} is missing. Ranks on CUDA need it (package libnccl2); otherwise use Worker:Ranks=1.");

        NcclLoopback.Require();
        return new NcclLibrary();
    }

    public byte[] CreateUniqueId()
    {
        UniqueId id;
        Check(ncclGetUniqueId(&id), nameof(ncclGetUniqueId));
        return new Span<byte>(&id, RankAssignment.UniqueIdBytes).ToArray();
    }

    public nint JoinGroup(int ranks, byte[] uniqueId, int rank)
    {
        UniqueId id;
        uniqueId.CopyTo(new Span<byte>(&id, RankAssignment.UniqueIdBytes));
        var config = new Config
        {
            Size = (nuint)sizeof(Config),
            Magic = 0xcafebeef,
            Version = 21800,
            Blocking = 0,
            CgaClusterSize = Undefined,
            MinCtas = Undefined,
            MaxCtas = Undefined,
            SplitShare = Undefined,
        };
        nint communicator;
        var result = ncclCommInitRankConfig(&communicator, ranks, id, rank, &config);
        if (result != NcclResult.InProgress)
            Check(result, nameof(ncclCommInitRankConfig));

        return communicator;
    }

    public NcclResult AsyncError(nint communicator)
    {
        NcclResult state;
        Check(ncclCommGetAsyncError(communicator, &state), nameof(ncclCommGetAsyncError));
        return state;
    }

    public NcclResult AllReduce(nint source, nint destination, long count, TensorElementType type, nint communicator, nint stream) =>
        ncclAllReduce(source, destination, (nuint)count, DataType(type), Sum, communicator, stream);

    public NcclResult AllGather(nint source, nint destination, long count, TensorElementType type, nint communicator, nint stream) =>
        ncclAllGather(source, destination, (nuint)count, DataType(type), communicator, stream);

    public void Abort(nint communicator)
    {
        // A communicator whose calls do not block may be freed behind this one's back; nobody asks for it again.
        var result = ncclCommAbort(communicator);
        if (result != NcclResult.InProgress)
            Check(result, nameof(ncclCommAbort));
    }

    public string Describe(NcclResult result) => Marshal.PtrToStringUTF8(ncclGetErrorString(result)) ?? result.ToString();

    /// <summary>ncclDataType_t.</summary>
    private static int DataType(TensorElementType type) => type switch
    {
        TensorElementType.Float16 => 6,
        TensorElementType.Float => 7,
        TensorElementType.BFloat16 => 9,
        _ => throw new ArgumentException($"NCCL: {type} is not among the types that ranks exchange: Float16, BFloat16 and Float.", nameof(type)),
    };

    private void Check(NcclResult result, string call)
    {
        if (result != NcclResult.Success)
            throw new CudaException($"{call}: {Describe(result)} ({(int)result}).");
    }

    [LibraryImport(Library)]
    private static partial NcclResult ncclGetUniqueId(UniqueId* id);

    [LibraryImport(Library)]
    private static partial NcclResult ncclCommInitRankConfig(nint* communicator, int ranks, UniqueId id, int rank, Config* config);

    [LibraryImport(Library)]
    private static partial NcclResult ncclCommGetAsyncError(nint communicator, NcclResult* state);

    [LibraryImport(Library)]
    private static partial NcclResult ncclAllReduce(nint source, nint destination, nuint count, int type, int operation, nint communicator, nint stream);

    [LibraryImport(Library)]
    private static partial NcclResult ncclAllGather(nint source, nint destination, nuint count, int type, nint communicator, nint stream);

    [LibraryImport(Library)]
    private static partial NcclResult ncclCommAbort(nint communicator);

    [LibraryImport(Library)]
    private static partial nint ncclGetErrorString(NcclResult result);

    [StructLayout(LayoutKind.Sequential)]
    private struct UniqueId
    {
        public fixed byte Bytes[RankAssignment.UniqueIdBytes];
    }

    /// <summary>ncclConfig_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Config
    {
        public nuint Size;
        public uint Magic;
        public uint Version;
        public int Blocking;
        public int CgaClusterSize;
        public int MinCtas;
        public int MaxCtas;
        public nint NetName;
        public int SplitShare;
    }
}
