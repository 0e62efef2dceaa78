namespace Serverless.Functions.Tests.Ingestion.Generations;

/// <summary>The system's time, put forward.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    public TimeSpan Offset { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
}
