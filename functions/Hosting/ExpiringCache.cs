using System.Collections.Concurrent;

namespace Serverless.Functions.Hosting;

/// <summary>
/// Values by name that are loaded once for all who wait (single-flight) and kept for a while. A load is not tied to whoever
/// asked first: that one may go away without failing the others. A load that fails, or that finds nothing, is not kept. A value that is asked
/// for shortly before its end is loaded anew on the side, so that under a steady load nobody waits; none is given out after its end.
/// </summary>
public sealed class ExpiringCache<TValue>(TimeProvider time)
    where TValue : class
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <param name="load">Gives the value and how long to keep it; a null value is not kept.</param>
    public async ValueTask<TValue?> GetAsync(string name, Func<CancellationToken, Task<(TValue? Value, TimeSpan Keep)>> load, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(load);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_entries.TryGetValue(name, out var entry))
            {
                if (!entry.IsExpired(time))
                {
                    if (entry.TakeRefresh(time)) Start(() => RefreshAsync(name, entry, load));
                    return entry.Value.IsCompletedSuccessfully ? entry.Value.Result : await entry.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
                }

                _entries.TryRemove(new KeyValuePair<string, Entry>(name, entry));
            }

            var fresh = new Entry();
            if (!_entries.TryAdd(name, fresh)) continue;
            Start(() => LoadAsync(name, fresh, load));
            return await fresh.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Puts a value in place unless <paramref name="keepCurrent"/> prefers the one that is there.</summary>
    public void Set(string name, TValue value, TimeSpan keep, Func<TValue, bool>? keepCurrent = null)
    {
        var entry = new Entry();
        entry.Complete(value, time.GetUtcNow(), keep);
        _entries.AddOrUpdate(name, entry, (_, current) =>
            keepCurrent is not null && current.Value is { IsCompletedSuccessfully: true, Result: { } there } && keepCurrent(there) ? current : entry);
    }

    public void Remove(string name) => _entries.TryRemove(name, out _);

    /// <summary>Detached from the caller's flow: its timing and its cancellation are not the load's.</summary>
    private static void Start(Func<Task> load)
    {
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(load, CancellationToken.None);
    }

    /// <summary>Replaces a value that is about to end. What was put in its place meanwhile stays; a load that fails leaves it to its end.</summary>
    private async Task RefreshAsync(string name, Entry current, Func<CancellationToken, Task<(TValue? Value, TimeSpan Keep)>> load)
    {
        try
        {
            var asked = time.GetUtcNow();
            var (value, keep) = await load(CancellationToken.None).ConfigureAwait(false);
            var fresh = new Entry();
            fresh.Complete(value, asked, keep);
            if (value is null) _entries.TryRemove(new KeyValuePair<string, Entry>(name, current));
            else _entries.TryUpdate(name, fresh, current);
        }
        catch (Exception)
        {
            // Whoever asks after its end sees the failure.
        }
    }

    private async Task LoadAsync(string name, Entry entry, Func<CancellationToken, Task<(TValue? Value, TimeSpan Keep)>> load)
    {
        try
        {
            var (value, keep) = await load(CancellationToken.None).ConfigureAwait(false);
            entry.Complete(value, time.GetUtcNow(), keep);
            if (value is null) _entries.TryRemove(new KeyValuePair<string, Entry>(name, entry));
        }
        catch (Exception exception)
        {
            _entries.TryRemove(new KeyValuePair<string, Entry>(name, entry));
            entry.Fail(exception);
        }
    }

    private sealed class Entry
    {
        private readonly TaskCompletionSource<TValue?> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private DateTimeOffset _expires;
        private DateTimeOffset _refresh;
        private int _isRefreshing;

        public Task<TValue?> Value => _source.Task;

        public bool IsExpired(TimeProvider time) => _source.Task.IsCompleted && time.GetUtcNow() >= _expires;

        /// <summary>Whether the caller is the one to load it anew: in the last fifth of its time.</summary>
        public bool TakeRefresh(TimeProvider time) =>
            _source.Task.IsCompletedSuccessfully && time.GetUtcNow() >= _refresh && Interlocked.Exchange(ref _isRefreshing, 1) == 0;

        public void Complete(TValue? value, DateTimeOffset now, TimeSpan keep)
        {
            _expires = now + keep;
            _refresh = now + (keep * 0.8);
            _source.SetResult(value);
        }

        public void Fail(Exception exception)
        {
            _source.SetException(exception);
            // Whoever asked may be gone; the failure is then nobody's.
            _ = _source.Task.Exception;
        }
    }
}
