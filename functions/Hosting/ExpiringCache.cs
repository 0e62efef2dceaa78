using System.Collections.Concurrent;

namespace Serverless.Functions.Hosting;

/// <summary>
/// Values by name that are loaded once for all who wait (single-flight) and kept for a while. A load is not tied to whoever
/// asked first: that one may go away without failing the others. A load that fails, or that finds nothing, is not kept.
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
                if (!entry.IsExpired(time)) return await entry.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
                _entries.TryRemove(new KeyValuePair<string, Entry>(name, entry));
            }

            var fresh = new Entry();
            if (!_entries.TryAdd(name, fresh)) continue;
            // Detached from the caller's flow: its timing and its cancellation are not the load's.
            using (ExecutionContext.SuppressFlow()) _ = Task.Run(() => LoadAsync(name, fresh, load), CancellationToken.None);
            return await fresh.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Puts a value in place unless <paramref name="keepCurrent"/> prefers the one that is there.</summary>
    public void Set(string name, TValue value, TimeSpan keep, Func<TValue, bool>? keepCurrent = null)
    {
        var entry = new Entry();
        entry.Complete(value, time.GetUtcNow() + keep);
        _entries.AddOrUpdate(name, entry, (_, current) =>
            keepCurrent is not null && current.Value is { IsCompletedSuccessfully: true, Result: { } there } && keepCurrent(there) ? current : entry);
    }

    public void Remove(string name) => _entries.TryRemove(name, out _);

    private async Task LoadAsync(string name, Entry entry, Func<CancellationToken, Task<(TValue? Value, TimeSpan Keep)>> load)
    {
        try
        {
            var (value, keep) = await load(CancellationToken.None).ConfigureAwait(false);
            entry.Complete(value, time.GetUtcNow() + keep);
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

        public Task<TValue?> Value => _source.Task;

        public bool IsExpired(TimeProvider time) => _source.Task.IsCompleted && time.GetUtcNow() >= _expires;

        public void Complete(TValue? value, DateTimeOffset expires)
        {
            _expires = expires;
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
