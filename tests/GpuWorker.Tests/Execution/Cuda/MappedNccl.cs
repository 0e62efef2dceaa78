using System.IO.MemoryMappedFiles;
using System.Text;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Execution.Cuda;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

/// <summary>
/// NCCL between processes on the CPU: the group is a mapped file, whose path is the unique id. A rank has joined when all have; sums and gathers are of float16, and there when the call returns. Ranks count up what they
/// have done and wait until all have: the first counter is for joining, then one for parts that are written and one for those that are read.
/// </summary>
internal sealed unsafe class MappedNccl(string folder) : INccl
{
    private const int Joined = 0, Written = 1, Read = 2, Header = 64;
    private const int MostElements = 1 << 16;

    private byte* _memory;
    private int _rank, _ranks, _rounds;
    private volatile bool _isAborted;

    public byte[] CreateUniqueId()
    {
        var path = Path.Combine(folder, Guid.NewGuid().ToString("N"));
        using (var file = File.Create(path)) file.SetLength(Header + (8L * MostElements * sizeof(ushort)));
        var id = new byte[RankAssignment.UniqueIdBytes];
        Encoding.UTF8.GetBytes(path, id);
        return id;
    }

    public nint JoinGroup(int ranks, byte[] uniqueId, int rank)
    {
        (_ranks, _rank) = (ranks, rank);
        var file = MemoryMappedFile.CreateFromFile(Encoding.UTF8.GetString(uniqueId).TrimEnd('\0'));
        // For as long as the process: a rank that is aborted may be about to look once more.
        file.CreateViewAccessor().SafeMemoryMappedViewHandle.AcquirePointer(ref _memory);
        Interlocked.Increment(ref Counter(Joined));
        return 1;
    }

    public NcclResult AsyncError(nint communicator) => Volatile.Read(ref Counter(Joined)) < _ranks ? NcclResult.InProgress : NcclResult.Success;

    public NcclResult AllReduce(nint source, nint destination, long count, TensorElementType type, nint communicator, nint stream)
    {
        Write(source, count, type);
        var result = new Span<Half>((void*)destination, (int)count);
        for (var i = 0; i < count; i++)
        {
            float sum = 0;
            for (var rank = 0; rank < _ranks; rank++) sum += (float)Part(rank)[i];
            result[i] = (Half)sum;
        }

        Interlocked.Increment(ref Counter(Read));
        return NcclResult.Success;
    }

    public NcclResult AllGather(nint source, nint destination, long count, TensorElementType type, nint communicator, nint stream)
    {
        Write(source, count, type);
        for (var rank = 0; rank < _ranks; rank++) Part(rank)[..(int)count].CopyTo(new Span<Half>((Half*)destination + (rank * count), (int)count));

        Interlocked.Increment(ref Counter(Read));
        return NcclResult.Success;
    }

    public void Abort(nint communicator) => _isAborted = true;

    public string Describe(NcclResult result) => $"result {(int)result}";

    /// <summary>Lays this rank's part down when all have taken the last ones away, and waits for the others'.</summary>
    private void Write(nint source, long count, TensorElementType type)
    {
        Assert.Equal(TensorElementType.Float16, type);
        Assert.InRange(count, 1, MostElements);
        Await(Read, _ranks * _rounds++);
        new Span<Half>((void*)source, (int)count).CopyTo(Part(_rank));
        Interlocked.Increment(ref Counter(Written));
        Await(Written, _ranks * _rounds);
    }

    private ref int Counter(int number) => ref ((int*)_memory)[number];

    private Span<Half> Part(int rank) => new(_memory + Header + ((long)rank * MostElements * sizeof(ushort)), MostElements);

    private void Await(int counter, int value)
    {
        for (var wait = default(SpinWait); Volatile.Read(ref Counter(counter)) < value && !_isAborted;) wait.SpinOnce();
    }
}
