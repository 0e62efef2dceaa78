namespace Serverless.Functions.Batches;

/// <summary>Where a batch stands, in OpenAI's words.</summary>
public enum BatchState
{
    /// <summary>Its input is being read.</summary>
    Validating,

    /// <summary>Its input has faults, or something stood in the way of it.</summary>
    Failed,
    InProgress,

    /// <summary>What was answered is put together.</summary>
    Finalizing,
    Completed,

    /// <summary>Its time was over before all was asked.</summary>
    Expired,

    /// <summary>It stops after the requests under way.</summary>
    Cancelling,
    Cancelled,
}
