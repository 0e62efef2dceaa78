using Serverless.Local.Durable.Storage;

namespace Serverless.Local.Durable.Dispatch;

/// <summary>Wakes up when the next durable timer is due, and not before.</summary>
internal sealed class TimerDispatcher : IAsyncDisposable
{
    // A machine that slept or whose clock was set is noticed within the hour; without timers nothing ever wakes up.
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private readonly DurableStore _store;
    private readonly TimeProvider _time;
    private readonly StoreRetry _retry;
    private readonly ITimer _alarm;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private long _due = long.MaxValue;
    private Task _firing = Task.CompletedTask;

    public TimerDispatcher(DurableStore store, TimeProvider time, ILogger logger)
    {
        _store = store;
        _time = time;
        _retry = new(time, logger);
        _alarm = time.CreateTimer(_ => Ring(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Says that a timer is due at <paramref name="fireAt"/> (UTC ticks).</summary>
    public void Expect(long fireAt)
    {
        lock (_gate)
        {
            if (fireAt >= _due || _stopping.IsCancellationRequested) return;
            _due = fireAt;
            SetAlarm();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task firing;
        lock (_gate)
        {
            _stopping.Cancel();
            firing = _firing;
        }

        await _alarm.DisposeAsync().ConfigureAwait(false);
        await firing.ConfigureAwait(false);
    }

    private void SetAlarm()
    {
        var wait = TimeSpan.FromTicks(Math.Max(0, _due - _time.GetUtcNow().UtcTicks));

        // Alarms count whole milliseconds: rounded up, so that it is not early.
        _alarm.Change(wait >= LongestWait ? LongestWait : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }

    private void Ring()
    {
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested || !_firing.IsCompleted || _due == long.MaxValue) return;
            if (_due > _time.GetUtcNow().UtcTicks)
            {
                SetAlarm();
                return;
            }

            _due = long.MaxValue;
            _firing = FireAsync();
        }
    }

    private async Task FireAsync()
    {
        await Task.Yield();
        long? next = null;
        try
        {
            await _retry.RunAsync(
                async () => next = await _store.WriteAsync(unit => TimerFiring.Fire(unit, _time.GetUtcNow().UtcTicks)).ConfigureAwait(false),
                _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or EngineStoppedException or EngineKilledException)
        {
            return;
        }

        lock (_gate)
        {
            _firing = Task.CompletedTask;
            _due = Math.Min(_due, next ?? long.MaxValue);
            if (_due != long.MaxValue && !_stopping.IsCancellationRequested) SetAlarm();
        }
    }
}
