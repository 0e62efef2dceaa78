using Microsoft.ML.OnnxRuntime.Tensors;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>
/// One rank's end of a group of processes that compute a model together, a device each. Sums and gathers run on the session's stream; nothing here waits
/// for them. While a step is under way a timer looks after it: an error of NCCL's, or a step that outlasts the timeout because a rank is dead or
/// hangs, aborts the rank's communicator, which ends its kernels; the other ranks find out in the same way, or by their parent's word.
/// </summary>
internal sealed class NcclGroup : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    private readonly object _gate = new();
    private readonly INccl _nccl;
    private readonly RankAssignment _assignment;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly nint _communicator;
    private string? _aborted;
    private long _since;
    private int _steps;
    private bool _isFreed;

    /// <summary>Joins the group, which takes until every rank has.</summary>
    /// <exception cref="RankGroupFailedException">The others did not come in time, or NCCL failed.</exception>
    public NcclGroup(INccl nccl, RankAssignment assignment, TimeProvider time)
    {
        assignment.Validate();
        (_nccl, _assignment, _time) = (nccl, assignment, time);
        _communicator = nccl.JoinGroup(assignment.Ranks, assignment.UniqueId, assignment.Rank);
        _timer = time.CreateTimer(static group => ((NcclGroup)group!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        try
        {
            Settle(nccl.AsyncError(_communicator), "joining", time.GetTimestamp(), sleepsAfter: 20);
        }
        catch
        {
            _timer.Dispose();
            throw;
        }
    }

    public int Rank => _assignment.Rank;

    public int Ranks => _assignment.Ranks;

    /// <summary>Why the group is aborted; null while it is not.</summary>
    public string? Aborted => Volatile.Read(ref _aborted);

    /// <summary>Asks for the sum over the ranks, on the stream; source and destination may be the same.</summary>
    /// <param name="stream">The session's CUDA stream.</param>
    /// <exception cref="RankGroupFailedException">The group is aborted, now or before.</exception>
    public void AllReduce(nint source, nint destination, long count, TensorElementType type, nint stream)
    {
        lock (_gate)
            ThrowIfAborted();

        // Not under the lock: where a dead rank has let the stream's queue fill up, the call itself waits, and only an abort ends that.
        Settle(_nccl.AllReduce(source, destination, count, type, _communicator, stream), "a sum", _time.GetTimestamp());
    }

    /// <summary>Asks for all ranks' parts, one behind the other in the order of ranks, on the stream.</summary>
    /// <param name="destination">Ranks times <paramref name="count"/> elements.</param>
    /// <param name="count">Elements of a part: as many on every rank.</param>
    /// <param name="stream">The session's CUDA stream.</param>
    /// <exception cref="RankGroupFailedException">The group is aborted, now or before.</exception>
    public void AllGather(nint source, nint destination, long count, TensorElementType type, nint stream)
    {
        lock (_gate)
            ThrowIfAborted();

        // Not under the lock, as above.
        Settle(_nccl.AllGather(source, destination, count, type, _communicator, stream), "a gather", _time.GetTimestamp());
    }

    /// <summary>From here on a step must come to its end in time; one may begin before the one before has ended, which then has as long again.</summary>
    public void BeginStep()
    {
        lock (_gate)
        {
            ThrowIfAborted();
            _steps++;
            _since = _time.GetTimestamp();
            _timer.Change(Poll, Poll);
        }
    }

    /// <summary>To be called when the stream has come to the step's end.</summary>
    /// <exception cref="RankGroupFailedException">The group was aborted meanwhile: what the step yielded is not to be used.</exception>
    public void EndStep()
    {
        lock (_gate)
        {
            _steps--;
            _since = _time.GetTimestamp();
            if (_steps == 0)
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

            ThrowIfAborted();
        }
    }

    /// <summary>Ends the group on this rank: kernels that wait for others end at once. The first reason stays.</summary>
    public void Abort(string reason)
    {
        lock (_gate)
        {
            if (_aborted is null)
                Volatile.Write(ref _aborted, reason);

            Free();
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        Abort("The model is being closed.");
    }

    private void Look()
    {
        lock (_gate)
        {
            if (_steps == 0 || _aborted is not null)
                return;

            var state = _nccl.AsyncError(_communicator);
            if (state is not (NcclResult.Success or NcclResult.InProgress))
                Abort($"Rank {Rank}: {_nccl.Describe(state)}.");
            else if (_time.GetElapsedTime(_since) >= _assignment.Timeout)
                Abort($"Rank {Rank}: a step took longer than {_assignment.Timeout.TotalSeconds:0.###} s.");
        }
    }

    /// <summary>
    /// A call that is under way is asked after until it is done: its work is then on the stream, not yet at its end. Nothing sleeps meanwhile: a step of 80 layers has 160 sums, and a
    /// sleep takes a millisecond. Joining, which waits for others that read their weights, may.
    /// </summary>
    /// <param name="sleepsAfter">Turns after which it sleeps between them, -1 for never.</param>
    private void Settle(NcclResult result, string what, long since, int sleepsAfter = -1)
    {
        for (var wait = default(SpinWait); result == NcclResult.InProgress; wait.SpinOnce(sleepsAfter))
        {
            lock (_gate)
            {
                ThrowIfAborted();
                if (_time.GetElapsedTime(since) >= _assignment.Timeout)
                    Abort($"Rank {Rank}: {what} took longer than {_assignment.Timeout.TotalSeconds:0.###} s.");

                ThrowIfAborted();
                result = _nccl.AsyncError(_communicator);
            }
        }
        if (result == NcclResult.Success)
            return;

        Abort($"Rank {Rank}: {what} failed: {_nccl.Describe(result)}.");
        ThrowIfAborted();
    }

    private void Free()
    {
        if (_isFreed)
            return;

        _isFreed = true;
        _nccl.Abort(_communicator);
    }

    private void ThrowIfAborted()
    {
        if (_aborted is { } reason)
            throw new RankGroupFailedException($"The group of {Ranks} ranks is aborted: {reason}");
    }
}
