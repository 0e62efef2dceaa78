namespace Serverless.Functions.Batches.Running;

/// <summary>What became of a slice.</summary>
/// <param name="GoesOn">Whether the batch is to go on with the others.</param>
/// <param name="WaitSeconds">When what is left of it may be asked: a limit has been reached. Null where nothing is left.</param>
public sealed record SliceOutcome(bool GoesOn, int? WaitSeconds = null);
