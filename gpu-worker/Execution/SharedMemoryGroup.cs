using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// Ranks that are threads of one process. A sum takes two barriers: each rank lays its vector down, adds up its own slice of everyone's, and
/// takes the whole sum away. Vectors pass through the group's memory, so that a rank that comes late to an aborted sum touches no one else's.
/// A wait spins briefly, then blocks; one that lasts longer than the timeout aborts the group.
/// </summary>
internal sealed class SharedMemoryGroup : IDisposable
{
    /// <summary>Elements of a cache line: slices meet at its edges.</summary>
    private const int Line = 16;

    private const int Spins = 100;
    private const int SpinLength = 20;

    private readonly object _gate = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly ITimer _timer;
    private readonly int _capacity, _spins;
    private readonly float[][] _parts;
    private readonly float[] _sum;
    private readonly Arrival[] _arrivals;
    private readonly ICollective[] _ranks;
    private string? _aborted;
    private int _arrived, _round, _waitingRound = -1;
    private long _waitingSince;
    private bool _isTimerSet;

    /// <param name="ranks">1 or more.</param>
    /// <param name="capacity">Most elements of a vector.</param>
    /// <param name="timeout">The longest that a rank waits for the others.</param>
    public SharedMemoryGroup(int ranks, int capacity, TimeSpan timeout, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ranks, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        _time = time;
        _timeout = timeout;
        _capacity = capacity;
        // A rank that spins on the core that another needs only keeps itself waiting.
        _spins = ranks <= Environment.ProcessorCount ? Spins : 0;
        _parts = [.. Enumerable.Range(0, ranks).Select(_ => new float[capacity])];
        _sum = new float[capacity];
        _arrivals = new Arrival[ranks];
        _ranks = [.. Enumerable.Range(0, ranks).Select(rank => new Member(this, rank))];
        _timer = time.CreateTimer(static group => ((SharedMemoryGroup)group!).CheckTime(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public int Ranks => _ranks.Length;

    /// <summary>Why the group is aborted; null while it is not.</summary>
    public string? Aborted => Volatile.Read(ref _aborted);

    public ICollective this[int rank] => _ranks[rank];

    public void Abort(string reason)
    {
        lock (_gate)
        {
            if (_aborted is null)
                Volatile.Write(ref _aborted, reason);

            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Ends the timeout. Memory goes when the last rank has let go of it.</summary>
    public void Dispose() => _timer.Dispose();

    private void AllReduce(int rank, ReadOnlySpan<float> part, Span<float> sum)
    {
        int count = part.Length;
        if (count > _capacity || sum.Length != count)
            throw new ArgumentException($"AllReduce: the vector has {count} elements and its sum {sum.Length}; they must be as many, at most {_capacity}.");

        part.CopyTo(_parts[rank]);
        _arrivals[rank].Count = count;
        Arrive(rank);
        for (int other = 0; other < Ranks; other++)
        {
            if (_arrivals[other].Count != count)
            {
                Abort($"Rank {rank} adds {count} elements and rank {other} {_arrivals[other].Count}.");
                ThrowIfAborted();
            }
        }
        AddSlice(rank, count);
        Arrive(rank);
        // Nobody writes the sum before all have come to the next one's first barrier, which is after this.
        _sum.AsSpan(0, count).CopyTo(sum);
    }

    private void AddSlice(int rank, int count)
    {
        int start = SliceStart(rank, count), length = SliceStart(rank + 1, count) - start;
        var slice = _sum.AsSpan(start, length);
        _parts[0].AsSpan(start, length).CopyTo(slice);
        for (int other = 1; other < Ranks; other++)
            TensorPrimitives.Add(slice, _parts[other].AsSpan(start, length), slice);
    }

    private int SliceStart(int rank, int count)
    {
        long lines = (count + Line - 1L) / Line;
        return (int)Math.Min(count, lines * rank / Ranks * Line);
    }

    /// <summary>Returns when all ranks have come.</summary>
    private void Arrive(int rank)
    {
        ThrowIfAborted();
        int round = Volatile.Read(ref _round);
        Volatile.Write(ref _arrivals[rank].Rounds, _arrivals[rank].Rounds + 1);
        if (Interlocked.Increment(ref _arrived) == Ranks)
        {
            lock (_gate)
            {
                _arrived = 0;
                Volatile.Write(ref _round, round + 1);
                Monitor.PulseAll(_gate);
            }
            return;
        }
        for (int i = 0; i < _spins && Volatile.Read(ref _round) == round && Aborted is null; i++)
            Thread.SpinWait(SpinLength);

        if (Volatile.Read(ref _round) == round)
            Block(round);
    }

    private void Block(int round)
    {
        lock (_gate)
        {
            while (_round == round)
            {
                ThrowIfAborted();
                if (_waitingRound != round)
                {
                    _waitingRound = round;
                    _waitingSince = _time.GetTimestamp();
                    SetTimer(_timeout);
                }
                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>One timer serves all waits: it is left running when a wait ends, and looks how long the current one has lasted when it fires.</summary>
    private void SetTimer(TimeSpan due)
    {
        if (!_isTimerSet)
            _isTimerSet = _timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    private void CheckTime()
    {
        lock (_gate)
        {
            _isTimerSet = false;
            if (_aborted is not null || _waitingRound != _round)
                return;

            var left = _timeout - _time.GetElapsedTime(_waitingSince);
            if (left > TimeSpan.Zero)
                SetTimer(left);
            else
                Abort($"Rank {Missing()} did not come within {_timeout.TotalSeconds:0.###} s.");
        }
    }

    /// <summary>The ranks that the current wait is for.</summary>
    private string Missing()
    {
        int most = _arrivals.Max(arrival => arrival.Rounds);
        return string.Join(", ", Enumerable.Range(0, Ranks).Where(rank => Volatile.Read(ref _arrivals[rank].Rounds) < most));
    }

    private void ThrowIfAborted()
    {
        if (Aborted is { } reason)
            throw new CollectiveAbortedException($"The group of {Ranks} ranks is aborted: {reason}");
    }

    /// <summary>What a rank says of itself, on a cache line of its own.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Arrival
    {
        public int Rounds, Count;
    }

    private sealed class Member(SharedMemoryGroup group, int rank) : ICollective
    {
        public int Rank => rank;

        public int Ranks => group.Ranks;

        public void AllReduce(ReadOnlySpan<float> part, Span<float> sum) => group.AllReduce(rank, part, sum);

        public void Abort(string reason) => group.Abort(reason);
    }
}
