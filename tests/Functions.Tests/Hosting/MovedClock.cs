namespace Serverless.Functions.Tests.Hosting;

/// <summary>Shows the time that a test says, by the wall clock and by the one that nobody sets, which begins as on a machine that was just started; its timers are the system's.</summary>
internal sealed class MovedClock(DateTimeOffset start) : TimeProvider
{
    private long _passed = TimeSpan.TicksPerSecond;
    private long _wall = start.UtcTicks - TimeSpan.TicksPerSecond;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _passed);

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _wall) + GetTimestamp(), TimeSpan.Zero);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _passed, by.Ticks);

    /// <summary>Sets the wall clock alone, forward or, where it is negative, back.</summary>
    public void SetWall(TimeSpan by) => Interlocked.Add(ref _wall, by.Ticks);
}
