namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>The last run over a collection or over all of them, as it is kept and shown.</summary>
/// <param name="Collection">Null: all.</param>
/// <param name="State">running, completed or failed.</param>
/// <param name="Drifted">Documents that were not as they should be.</param>
/// <param name="Error">Why it failed.</param>
public sealed record ReconcileRun(
    string Id, string? Collection, string State, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, int Drifted, ReconcileCounts Counts, string? Error = null)
{
    public const string Running = "running";
    public const string Completed = "completed";
    public const string Failed = "failed";
}
