using Serverless.Local.Durable.Storage;

namespace Serverless.Local.Durable.Replay;

/// <summary>
/// Events from outside, by name in any case. The most recent waiter that still waits gets an event (as in the real worker, so that one
/// abandoned in a WhenAny does not swallow it); with no waiter the event is kept, in order.
/// </summary>
internal sealed class ExternalEvents
{
    private readonly Dictionary<string, List<PendingTask>> _waiters = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<HistoryEvent> _kept = [];

    /// <summary>Events that nobody has waited for, in the order of their arrival.</summary>
    public IReadOnlyList<HistoryEvent> Kept => _kept;

    public bool AnyWaiting => _waiters.Values.Any(waiters => waiters.Exists(waiter => !waiter.IsDone));

    public void Raise(HistoryEvent message)
    {
        if (NextWaiter(message.Name!) is { } waiter) waiter.Complete(message.Data);
        else _kept.Add(message);
    }

    /// <exception cref="ArgumentException">Somebody waits for an event of this name with another type.</exception>
    public PendingTask<T> Wait<T>(string name)
    {
        var task = new PendingTask<T>(name, -1);
        var kept = _kept.FindIndex(message => string.Equals(message.Name, name, StringComparison.OrdinalIgnoreCase));
        if (kept >= 0)
        {
            var message = _kept[kept];
            _kept.RemoveAt(kept);
            task.Complete(message.Data);
            return task;
        }

        if (!_waiters.TryGetValue(name, out var waiters)) _waiters.Add(name, waiters = []);
        waiters.RemoveAll(waiter => waiter.IsDone);
        if (waiters.Find(waiter => waiter is not PendingTask<T>) is { } other)
        {
            throw new ArgumentException(
                $"Event '{name}' is waited for as {other.GetType().GenericTypeArguments[0]} and as {typeof(T)}; one name has one type.", nameof(name));
        }

        waiters.Add(task);
        return task;
    }

    private PendingTask? NextWaiter(string name)
    {
        if (!_waiters.TryGetValue(name, out var waiters)) return null;
        waiters.RemoveAll(waiter => waiter.IsDone);
        if (waiters.Count == 0) return null;
        var top = waiters[^1];
        waiters.RemoveAt(waiters.Count - 1);
        return top;
    }
}
