using System.Collections.Concurrent;
using Serverless.Contracts;

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
    public ValueTask<TValue?> GetAsync(string name, Func<CancellationToken, Task<(TValue? Value, TimeSpan Keep)>> load, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(load);
        return Find(name, 0) is { } there && !cancellationToken.IsCancellationRequested ? new(there) : WaitAsync(name, (_, stop) => load(stop), 0, cancellationToken);
    }

    /// <param name="load">As in the other, from the name: one delegate for all names costs nothing where the value is there.</param>
    /// <param name="generation">A value that was asked for before this number rose to what it is now is not given out.</param>
    public ValueTask<TValue?> GetAsync(string name, Func<string, CancellationToken, Task<(TValue? Value, TimeSpan Keep)>> load, CancellationToken cancellationToken, long generation = 0)
    {
        ArgumentNullException.ThrowIfNull(load);
        return Find(name, generation) is { } there && !cancellationToken.IsCancellationRequested ? new(there) : WaitAsync(name, load, generation, cancellationToken);
    }

    /// <summary>Puts a value in place unless <paramref name="keepCurrent"/> prefers the one that is there.</summary>
    /// <param name="generation">Until this number rises.</param>
    public void Set(string name, TValue value, TimeSpan keep, Func<TValue, bool>? keepCurrent = null, long generation = 0)
    {
        var entry = new Entry(generation);
        entry.Complete(value, time.GetSteadyNow(), keep);
        _entries.AddOrUpdate(name, entry, (_, current) =>
            keepCurrent is not null && current.Value is { IsCompletedSuccessfully: true, Result: { } there } && keepCurrent(there) ? current : entry);
    }

    public void Remove(string name) => _entries.TryRemove(name, out _);

    /// <summary>What is there and may be given out, and is not to be loaded anew yet.</summary>
    private TValue? Find(string name, long generation) =>
        _entries.TryGetValue(name, out var entry) && entry.Generation >= generation ? entry.Settled(time.GetSteadyNow()) : null;

    private async ValueTask<TValue?> WaitAsync(string name, Func<string, CancellationToken, Task<(TValue? Value, TimeSpan Keep)>> load, long generation, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_entries.TryGetValue(name, out var entry))
            {
                if (entry.Generation >= generation && !entry.IsExpired(time))
                {
                    if (entry.TakeRefresh(time)) Start(() => RefreshAsync(name, entry, load));
                    return entry.Value.IsCompletedSuccessfully ? entry.Value.Result : await entry.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
                }

                _entries.TryRemove(new KeyValuePair<string, Entry>(name, entry));
            }

            var fresh = new Entry(generation);
            if (!_entries.TryAdd(name, fresh)) continue;
            Start(() => LoadAsync(name, fresh, load));
            return await fresh.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Detached from the caller's flow: its timing and its cancellation are not the load's.</summary>
    private static void Start(Func<Task> load)
    {
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(load, CancellationToken.None);
    }

    /// <summary>Replaces a value that is about to end. What was put in its place meanwhile stays; a load that fails leaves it to its end.</summary>
    private async Task RefreshAsync(string name, Entry current, Func<string, CancellationToken, Task<(TValue? Value, TimeSpan Keep)>> load)
    {
        try
        {
            var asked = time.GetSteadyNow();
            var (value, keep) = await load(name, CancellationToken.None).ConfigureAwait(false);
            // What has risen since is found by whoever asks: this is no newer than what it replaces.
            var fresh = new Entry(current.Generation);
            fresh.Complete(value, asked, keep);
            if (value is null) _entries.TryRemove(new KeyValuePair<string, Entry>(name, current));
            else _entries.TryUpdate(name, fresh, current);
        }
        catch (Exception)
        {
            // Whoever asks after its end sees the failure.
        }
    }

    private async Task LoadAsync(string name, Entry entry, Func<string, CancellationToken, Task<(TValue? Value, TimeSpan Keep)>> load)
    {
        try
        {
            var (value, keep) = await load(name, CancellationToken.None).ConfigureAwait(false);
            entry.Complete(value, time.GetSteadyNow(), keep);
            if (value is null) _entries.TryRemove(new KeyValuePair<string, Entry>(name, entry));
        }
        catch (Exception exception)
        {
            _entries.TryRemove(new KeyValuePair<string, Entry>(name, entry));
            entry.Fail(exception);
        }
    }

    private sealed class Entry(long generation)
    {
        private readonly TaskCompletionSource<TValue?> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TimeSpan _expires;
        private TimeSpan _refresh;
        private int _isRefreshing;

        public Task<TValue?> Value => _source.Task;

        /// <summary>The number as it was when the value was asked for.</summary>
        public long Generation { get; } = generation;

        /// <summary>The value, where it is there and neither old nor getting so.</summary>
        public TValue? Settled(TimeSpan now) => _source.Task.IsCompletedSuccessfully && now < _refresh ? _source.Task.Result : null;

        public bool IsExpired(TimeProvider time) => _source.Task.IsCompleted && time.GetSteadyNow() >= _expires;

        /// <summary>Whether the caller is the one to load it anew: in the last fifth of its time.</summary>
        public bool TakeRefresh(TimeProvider time) =>
            _source.Task.IsCompletedSuccessfully && time.GetSteadyNow() >= _refresh && Interlocked.Exchange(ref _isRefreshing, 1) == 0;

        public void Complete(TValue? value, TimeSpan now, TimeSpan keep)
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
