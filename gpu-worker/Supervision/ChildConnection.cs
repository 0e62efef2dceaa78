using Serverless.Contracts;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Supervision;

/// <summary>One life of a child, from its start to its end: the frames both ways, and its health. A child that breaks the protocol, answers no heartbeat or makes no progress is killed.</summary>
internal sealed class ChildConnection : IDisposable
{
    /// <summary>How long a process may take to be gone when its output has ended.</summary>
    private static readonly TimeSpan ExitPatience = TimeSpan.FromSeconds(5);

    private readonly int _number;
    private readonly string _name;
    private readonly IChild _child;
    private readonly IChildOwner _owner;
    private readonly SupervisionOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Outbox _outbox;
    private readonly ChildLog _log;
    private readonly TaskCompletionSource _outputEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _logEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _started;
    private long? _readySince;
    private int _missed;
    private string? _killReason;
    private (string Type, string Message)? _loadFailure;
    private EngineStatus _status;

    public ChildConnection(int number, string name, IChild child, IChildOwner owner, SupervisionOptions options, TimeProvider time, ILogger logger)
    {
        (_number, _name, _child, _owner, _options, _time, _logger) = (number, name, child, owner, options, time, logger);
        _started = time.GetTimestamp();
        _status = new EngineStatus(false, time.GetSteadyNow(), 0, 0, 0, 0, 0);
        _log = new ChildLog(child.Log, name, logger);
        _outbox = new Outbox(child.Input, $"{name} writer");
        // A pipe breaks when its reader dies, whose exit code then says more than that.
        _outbox.Failed += child.Kill;
    }

    public int ProcessId => _child.ProcessId;

    /// <summary>As it was last heard of.</summary>
    public EngineStatus Status => Volatile.Read(ref _status);

    /// <inheritdoc cref="Outbox.Send"/>
    public bool Send<T>(FrameKind kind, T message, Action<FrameWriter, T> write) => _outbox.Send(kind, message, write);

    /// <summary>Loads the model, serves, and completes when the process is gone and its last frame has been received.</summary>
    public async Task<ChildOutcome> LiveAsync(ChildModel model)
    {
        new Thread(Read) { IsBackground = true, Name = $"{_name} reader" }.Start();
        new Thread(ForwardLog) { IsBackground = true, Name = $"{_name} log" }.Start();
        Send(FrameKind.Load, model, LoadFrames.WriteLoad);
        using var beating = new CancellationTokenSource();
        var heart = BeatAsync(beating.Token);
        await _outputEnded.Task;
        var readyFor = _readySince is { } since ? _time.GetElapsedTime(since) : TimeSpan.Zero;
        await beating.CancelAsync();
        await heart;
        if (await WithinAsync(_child.Exited, ExitPatience) is false) Kill("its output has ended and it has not");
        var exitCode = await _child.Exited;
        await WithinAsync(_logEnded.Task, ExitPatience);
        return new ChildOutcome(_killReason is null ? ChildOutcome.Describe(exitCode) : $"was killed ({_killReason})", readyFor, _log.LastLine, _loadFailure);
    }

    /// <summary>Asks the child to finish what it has and end.</summary>
    public void Drain() => Send(FrameKind.Drain, 0, static (_, _) => { });

    public void Kill(string reason)
    {
        if (_child.Exited.IsCompleted) return;
        if (Interlocked.CompareExchange(ref _killReason, reason, null) is null) SupervisionLog.Killed(_logger, _name, reason);
        _child.Kill();
    }

    public void Dispose()
    {
        _outbox.Complete();
        _child.Dispose();
    }

    private void Read()
    {
        try
        {
            var frames = new FrameStream(_child.Output);
            while (frames.TryRead(out var frame))
            {
                var reader = new FrameReader(frame);
                Receive(ref reader);
            }
        }
        catch (ProtocolException e)
        {
            Kill($"it broke the protocol: {e.Message}");
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            Kill("its output cannot be read");
        }
        catch (Exception e)
        {
            // A message from elsewhere may quote what it choked on.
            Kill($"what it said could not be taken: {e.GetType().Name}");
        }
        finally
        {
            _outputEnded.TrySetResult();
        }
    }

    private void Receive(ref FrameReader frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Loaded:
                if (_readySince is not null) throw new ProtocolException("A frame Loaded came twice.");
                var model = LoadFrames.ReadLoaded(ref frame);
                _readySince = _time.GetTimestamp();
                Volatile.Write(ref _status, Status with { IsReady = true });
                SupervisionLog.Ready(_logger, _name, _time.GetElapsedTime(_started).TotalSeconds);
                _owner.Ready(_number, this, model);
                break;
            case FrameKind.LoadFailed:
                _loadFailure = (frame.Text(), frame.Text());
                frame.End();
                break;
            case FrameKind.Status:
                var brief = StatusFrames.Read(ref frame, _time.GetSteadyNow());
                frame.End();
                Volatile.Write(ref _status, brief with { Histograms = Status.Histograms });
                break;
            case FrameKind.Pong:
                Volatile.Write(ref _status, StatusFrames.ReadFull(ref frame, _time.GetSteadyNow()));
                frame.End();
                Volatile.Write(ref _missed, 0);
                break;
            case FrameKind.Bye:
                frame.End();
                break;
            default:
                if (_readySince is null) throw new ProtocolException($"A frame {frame.Kind} came before the model was loaded.");
                _owner.Receive(_number, ref frame);
                break;
        }
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(_options.Heartbeat, _time);
            while (await timer.WaitForNextTickAsync(cancellationToken)) Beat();
        }
        catch (OperationCanceledException)
        {
            // It is gone.
        }
    }

    private void Beat()
    {
        var status = Status;
        if (Volatile.Read(ref _missed) >= _options.MissedHeartbeats) Kill($"it has left {_options.MissedHeartbeats} heartbeats without an answer");
        else if (status.Running + status.Waiting > 0 && _time.GetSteadyNow() - status.LastProgress > _options.StallAfter) Kill($"it has work and has made no progress for {_options.StallAfter.TotalSeconds} s");
        else if (_readySince is not null && !status.IsReady) Kill("its engine is dead");
        Interlocked.Increment(ref _missed);
        Send(FrameKind.Ping, 0, static (_, _) => { });
    }

    private void ForwardLog()
    {
        _log.Forward();
        _logEnded.TrySetResult();
    }

    private async Task<bool> WithinAsync(Task task, TimeSpan patience)
    {
        try
        {
            await task.WaitAsync(patience, _time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
