namespace Serverless.Functions.Evaluation.Export;

/// <summary>Where a run is exported to.</summary>
/// <param name="Base">The tracking server, without the path of its API.</param>
public sealed record MlflowTarget(Uri Base, string Experiment, string? Token)
{
    /// <summary>A token never reaches a log by way of ToString.</summary>
    public override string ToString() => Experiment;
}
