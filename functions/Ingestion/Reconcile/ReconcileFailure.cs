namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>A run that cannot go on, and why.</summary>
public sealed record ReconcileFailure(string Run, string? Collection, string Reason);
