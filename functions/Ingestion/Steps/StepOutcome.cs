namespace Serverless.Functions.Ingestion.Steps;

/// <summary>The output of an activity. Expected ends are values; only what may pass by itself is thrown, for Durable to try again.</summary>
/// <param name="Reason">Why it was rejected; holds no content.</param>
public sealed record StepOutcome(StepResult Result, string? Reason = null)
{
    public static StepOutcome Done { get; } = new(StepResult.Done);

    public static StepOutcome Superseded { get; } = new(StepResult.Superseded);

    public static StepOutcome Rejected(string reason) => new(StepResult.Rejected, reason);
}
