namespace Serverless.Local.Durable;

/// <summary>Lets callers wait for an instance to change, without asking again and again.</summary>
internal sealed class InstanceWatch
{
    private readonly Dictionary<string, Watched> _watched = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private Exception? _ended;

    /// <summary>
    /// Reads until <paramref name="enough"/> is satisfied, again after every change. The change is awaited from before the reading, so none is missed.
    /// </summary>
    public async Task<T> WaitAsync<T>(string instanceId, Func<T?> read, Func<T, bool> enough, CancellationToken cancellationToken)
        where T : class
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var changed = Enter(instanceId);
            try
            {
                if (read() is { } value && enough(value)) return value;
                await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                Leave(instanceId, changed);
            }
        }
    }

    public void Changed(string instanceId)
    {
        lock (_gate)
        {
            if (_watched.Remove(instanceId, out var watched)) watched.Source.TrySetResult();
        }
    }

    /// <summary>Ends all waiting, now and later, with <paramref name="reason"/>.</summary>
    public void End(Exception reason)
    {
        lock (_gate)
        {
            _ended = reason;
            foreach (var watched in _watched.Values) watched.Source.TrySetException(reason);
            _watched.Clear();
        }
    }

    private Task Enter(string instanceId)
    {
        lock (_gate)
        {
            if (_ended is not null) throw _ended;
            if (!_watched.TryGetValue(instanceId, out var watched)) _watched.Add(instanceId, watched = new());
            watched.Watchers++;
            return watched.Source.Task;
        }
    }

    private void Leave(string instanceId, Task changed)
    {
        lock (_gate)
        {
            if (_watched.TryGetValue(instanceId, out var watched) && watched.Source.Task == changed && --watched.Watchers == 0) _watched.Remove(instanceId);
        }
    }

    private sealed class Watched
    {
        public TaskCompletionSource Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Watchers { get; set; }
    }
}
