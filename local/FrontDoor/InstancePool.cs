namespace Serverless.Local.FrontDoor;

/// <summary>The hosts that requests may go to: in turn, those that are ready. Thread-safe.</summary>
internal sealed class InstancePool
{
    private readonly Lock _lock = new();
    private readonly List<Uri> _ready = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private uint _turn;

    public void Add(Uri instance)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            if (!_ready.Contains(instance)) _ready.Add(instance);
            (changed, _changed) = (_changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.TrySetResult();
    }

    public void Remove(Uri instance)
    {
        lock (_lock) _ready.Remove(instance);
    }

    /// <summary>The next instance, as soon as one is ready.</summary>
    /// <exception cref="OperationCanceledException">None became ready in time.</exception>
    public async ValueTask<Uri> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_ready.Count > 0) return _ready[(int)(_turn++ % (uint)_ready.Count)];
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }
}
