namespace Serverless.GpuWorker.Execution;

/// <summary>What callers tell the step loop, which looks between steps and sleeps while there is nothing. Safe for many threads.</summary>
internal sealed class EngineMailbox
{
    private readonly Lock _lock = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly List<EngineCall> _arrived = [], _abandoned = [];
    private bool _isClosed, _isAborted;

    /// <summary>Whether calls are still taken.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_lock)
                return !_isClosed;
        }
    }

    public bool IsAborted => Volatile.Read(ref _isAborted);

    public bool TrySubmit(EngineCall call)
    {
        lock (_lock)
        {
            if (_isClosed)
                return false;

            _arrived.Add(call);
        }
        _wake.Set();
        return true;
    }

    /// <summary>The reader is gone. Of a call that has ended nobody needs to hear.</summary>
    public void Abandon(EngineCall call)
    {
        if (call.HasEnded)
            return;

        lock (_lock)
            _abandoned.Add(call);

        _wake.Set();
    }

    /// <summary>Takes no more calls.</summary>
    public void Close()
    {
        lock (_lock)
            _isClosed = true;

        _wake.Set();
    }

    /// <summary>Takes no more calls, and asks the loop to end after its step.</summary>
    public void Abort()
    {
        Volatile.Write(ref _isAborted, true);
        Close();
    }

    /// <summary>Moves what has come since the last time to the ends of the lists.</summary>
    public void Take(List<EngineCall> arrived, List<EngineCall> abandoned)
    {
        lock (_lock)
        {
            arrived.AddRange(_arrived);
            abandoned.AddRange(_abandoned);
            _arrived.Clear();
            _abandoned.Clear();
        }
    }

    /// <summary>Sleeps until something comes; false when nothing more will.</summary>
    public bool Wait()
    {
        lock (_lock)
            if (_isClosed && _arrived.Count == 0)
                return false;

        _wake.WaitOne();
        return true;
    }
}
