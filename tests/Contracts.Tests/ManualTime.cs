namespace Serverless.Contracts.Tests;

/// <summary>Time that stands still until a test moves it; timers that fall due run within <see cref="Advance"/>, a periodic one once.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private TimeSpan _wall;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now + _wall;
    }

    public override long GetTimestamp()
    {
        lock (_lock)
            return _now.Ticks;
    }

    /// <summary>Sets the wall clock alone, forward or, where it is negative, back: no time passes, and no timer falls due.</summary>
    public void SetWall(TimeSpan by)
    {
        lock (_lock)
            _wall += by;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        List<ManualTimer> due;
        lock (_lock)
        {
            _now += by;
            due = _timers.FindAll(timer => timer.Due <= _now);
            foreach (var timer in due)
                timer.Reschedule();
        }

        foreach (var timer in due)
            timer.Run();
    }

    /// <summary>Lets work end that waits for timers due within <paramref name="most"/>: they fire one after the other, later ones never.</summary>
    public async Task<T> DriveAsync<T>(Task<T> work, TimeSpan most)
    {
        while (!work.IsCompleted)
        {
            TimeSpan? next;
            lock (_lock)
                next = _timers.Count == 0 ? null : _timers.Min(timer => timer.Due) - _now;
            if (next <= most)
                Advance(next.Value);
            await Task.WhenAny(work, Task.Delay(5));
        }

        return await work;
    }

    private sealed class ManualTimer(ManualTime owner, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public DateTimeOffset Due { get; private set; }

        public void Run() => callback(state);

        /// <summary>Under the owner's lock.</summary>
        public void Reschedule()
        {
            if (_period > TimeSpan.Zero)
                Due = owner._now + _period;
            else
                owner._timers.Remove(this);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._lock)
            {
                owner._timers.Remove(this);
                _period = period;
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                Due = owner._now + dueTime;
                owner._timers.Add(this);
            }

            if (dueTime == TimeSpan.Zero)
                owner.Advance(TimeSpan.Zero);
            return true;
        }

        public void Dispose()
        {
            lock (owner._lock)
                owner._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
