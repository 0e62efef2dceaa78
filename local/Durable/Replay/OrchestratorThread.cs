namespace Serverless.Local.Durable.Replay;

/// <summary>
/// Runs one step of an orchestrator on the thread that made it: continuations queue up here and run in order.
/// One that comes from another thread was woken by something that is not durable; it is never run, only reported.
/// </summary>
internal sealed class OrchestratorThread(Action lateForeigner) : SynchronizationContext
{
    private readonly Thread _thread = Thread.CurrentThread;
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _queue = new();
    private readonly Lock _gate = new();
    private bool _closed;
    private bool _foreigner;

    /// <summary>Whether the caller runs where orchestrator code may run.</summary>
    public bool IsHere => Thread.CurrentThread == _thread && !Volatile.Read(ref _closed);

    /// <summary>Runs orchestrator code and all that follows from it until nothing is left to do.</summary>
    public void Run(Action work)
    {
        var outer = Current;
        SetSynchronizationContext(this);
        try
        {
            work();
            while (_queue.TryDequeue(out var next)) next.Callback(next.State);
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }

    /// <summary>Ends the step; true when something from outside tried to take part in it.</summary>
    public bool Close()
    {
        lock (_gate)
        {
            _closed = true;
            return _foreigner;
        }
    }

    /// <summary>Notes that orchestrator code runs elsewhere. After the step's end that is told to the engine, once.</summary>
    public void ReportForeigner()
    {
        lock (_gate)
        {
            var known = _foreigner;
            _foreigner = true;
            if (!_closed || known) return;
        }

        lateForeigner();
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (IsHere) _queue.Enqueue((d, state));
        else ReportForeigner();
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (IsHere) d(state);
        else ReportForeigner();
    }

    public override SynchronizationContext CreateCopy() => this;
}
