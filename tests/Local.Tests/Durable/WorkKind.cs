namespace Local.Tests.Durable;

/// <summary>What a <see cref="WorkPlan"/> does.</summary>
public enum WorkKind
{
    Activity,
    Flaky,
    Timer,
    Event,
    Loop,
    Child,
    Sequence,
    Parallel,
}
