namespace Serverless.Functions.Tests.Ingestion.Generations;

/// <summary>The system's time, of which more has passed.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    public TimeSpan Offset { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => (System.GetElapsedTime(0) + Offset).Ticks;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
}
