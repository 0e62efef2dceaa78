using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Execution.Cuda;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

/// <summary>A group of ranks that are threads and whose devices are the host's memory: a sum or a gather is there when the call returns.</summary>
internal sealed unsafe class FakeNccl(int ranks) : INccl
{
    private readonly object _gate = new();
    private readonly (nint Source, nint Destination, long Count, string What)[] _parts = new (nint, nint, long, string)[ranks];
    private int _arrived, _round;
    private readonly bool[] _isAborted = new bool[ranks];

    public int Ranks => ranks;

    /// <summary>Called whenever a rank asks how its communicator fares; what it says is the answer.</summary>
    public Func<NcclResult> State { get; set; } = () => NcclResult.Success;

    /// <summary>Called before each sum, with the rank.</summary>
    public Action<int> BeforeSum { get; set; } = _ => { };

    /// <summary>As on devices, where only the sums of the rank that is aborted end; by default all ranks' do, so that none is left waiting.</summary>
    public bool AbortsAlone { get; init; }

    /// <summary>Called before each gather, with the rank.</summary>
    public Action<int> BeforeGather { get; set; } = _ => { };

    /// <summary>What is said of a gather that is there.</summary>
    public NcclResult GatherResult { get; init; } = NcclResult.Success;

    /// <summary>Elements that the ranks' parts of each gather had.</summary>
    public ConcurrentQueue<long> Gathers { get; } = [];

    public int Aborts { get; private set; }

    public static RankAssignment Assignment(int rank, int ranks = 2) => new(rank, ranks, 0, new byte[RankAssignment.UniqueIdBytes], TimeSpan.FromSeconds(30));

    public byte[] CreateUniqueId() => new byte[RankAssignment.UniqueIdBytes];

    public nint JoinGroup(int ranks, byte[] uniqueId, int rank) => rank + 1;

    public NcclResult AsyncError(nint communicator) => State();

    public NcclResult AllReduce(nint source, nint destination, long count, TensorElementType type, nint communicator, nint stream)
    {
        BeforeSum((int)communicator - 1);
        Meet(source, destination, count, type, communicator, Add);
        return NcclResult.Success;
    }

    public NcclResult AllGather(nint source, nint destination, long count, TensorElementType type, nint communicator, nint stream)
    {
        BeforeGather((int)communicator - 1);
        Meet(source, destination, count, type, communicator, Gather);
        return GatherResult;
    }

    public void Abort(nint communicator)
    {
        lock (_gate)
        {
            Aborts++;
            if (AbortsAlone) _isAborted[communicator - 1] = true;
            else Array.Fill(_isAborted, true);
            Monitor.PulseAll(_gate);
        }
    }

    public string Describe(NcclResult result) => $"result {(int)result}";

    private void Meet(nint source, nint destination, long count, TensorElementType type, nint communicator, Action<long> complete)
    {
        Assert.Equal(TensorElementType.Float16, type);
        lock (_gate)
        {
            _parts[communicator - 1] = (source, destination, count, complete.Method.Name);
            int round = _round;
            if (++_arrived == _parts.Length)
            {
                Assert.Single(_parts.Select(part => (part.Count, part.What)).Distinct());
                complete(count);
                (_arrived, _round) = (0, _round + 1);
                Monitor.PulseAll(_gate);
            }
            while (_round == round && !_isAborted[communicator - 1])
                Monitor.Wait(_gate);
        }
    }

    private void Add(long count)
    {
        for (long i = 0; i < count; i++)
        {
            float sum = 0;
            foreach (var (source, _, _, _) in _parts)
                sum += (float)((Half*)source)[i];

            foreach (var (_, destination, _, _) in _parts)
                ((Half*)destination)[i] = (Half)sum;
        }
    }

    private void Gather(long count)
    {
        Gathers.Enqueue(count);
        for (int rank = 0; rank < _parts.Length; rank++)
            foreach (var (_, destination, _, _) in _parts)
                NativeMemory.Copy((void*)_parts[rank].Source, (Half*)destination + (rank * count), (nuint)count * sizeof(ushort));
    }
}
