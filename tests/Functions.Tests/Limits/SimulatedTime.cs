namespace Serverless.Functions.Tests.Limits;

/// <summary>The true time of a simulation, which is also its storage's.</summary>
internal sealed class SimulatedTime
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public DateTimeOffset Now { get; private set; } = Start;

    public void Advance(TimeSpan by) => Now += by;
}
