namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>Documents in the health check.</summary>
/// <param name="Damaged">Collections whose state could not be read by that run; null: none.</param>
/// <param name="State"><c>ok</c>; <c>damaged</c>: see there; <c>drift</c>: the last run found documents that were not as they should be and told them to put themselves right; <c>unknown</c>: it failed, or storage does not answer.</param>
/// <param name="Drifted">How many.</param>
/// <param name="ReconciledAt">When the last run ended, or began if it is under way.</param>
public sealed record DocumentsHealth(string State, int Drifted, DateTimeOffset? ReconciledAt, int? Damaged = null);
