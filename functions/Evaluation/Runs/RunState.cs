namespace Serverless.Functions.Evaluation.Runs;

/// <summary>Where a run stands.</summary>
public enum RunState
{
    Queued,
    Running,

    /// <summary>It stops after the batches under way.</summary>
    Cancelling,
    Cancelled,
    Completed,
    Failed,
}
