namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>Documents in the health check.</summary>
/// <param name="State">
/// <c>ok</c>; <c>stalled</c>: events of documents wait and nobody takes them up, or a run neither ends nor fails, so that documents may stay queued; <c>damaged</c>: see there; <c>drift</c>: the last
/// run found documents that were not as they should be and told them to put themselves right; <c>running</c>: one is under way; <c>unknown</c>: the last one failed, or storage does not answer.
/// </param>
/// <param name="Drifted">How many documents the last run found so.</param>
/// <param name="ReconciledAt">When the last run ended, or began if it is under way; null while there has been none.</param>
/// <param name="Damaged">Collections whose state could not be read by that run; null: none.</param>
/// <param name="WaitingSince">When the oldest event was sent that waits; null where it is <c>ok</c> that it does, or none waits.</param>
public sealed record DocumentsHealth(string State, int Drifted, DateTimeOffset? ReconciledAt, int? Damaged = null, DateTimeOffset? WaitingSince = null);
