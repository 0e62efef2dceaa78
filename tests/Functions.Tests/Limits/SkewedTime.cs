namespace Serverless.Functions.Tests.Limits;

/// <summary>An instance's clocks over a simulation's true time: its wall clock is off, its monotonic clock runs a little too fast or too slow.</summary>
internal sealed class SkewedTime(SimulatedTime truth, TimeSpan wallOffset, int driftPerMillion) : TimeProvider
{
    private readonly List<Timer> _timers = [];

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => truth.Now.Ticks + ((truth.Now - SimulatedTime.Start).Ticks * driftPerMillion / 1_000_000);

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(GetTimestamp(), TimeSpan.Zero) + wallOffset;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Runs what is due by now.</summary>
    public void Fire()
    {
        while (_timers.Where(t => t.Due <= GetTimestamp()).MinBy(t => t.Due) is { } due)
        {
            _timers.Remove(due);
            due.Run();
        }
    }

    private sealed class Timer(SkewedTime owner, TimerCallback callback, object? state) : ITimer
    {
        public long Due { get; private set; }

        public void Run() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            owner._timers.Remove(this);
            if (dueTime == Timeout.InfiniteTimeSpan) return true;
            Due = owner.GetTimestamp() + dueTime.Ticks;
            owner._timers.Add(this);
            return true;
        }

        public void Dispose() => owner._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
