namespace Serverless.Functions.Evaluation.Export;

/// <summary>What the tracking server made of a run: one of its runs for each route.</summary>
public sealed record MlflowExported(string ExperimentId, IReadOnlyList<MlflowExported.ExportedRoute> Runs)
{
    public sealed record ExportedRoute(string Route, string RunId);
}
