using Microsoft.DurableTask;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>A step failed in a way that may pass. Durable keeps the message in its history, so it holds statuses and names, never content.</summary>
public sealed class StepFailedException(string reason) : Exception(reason)
{
    /// <summary>Whether the message says which step it was.</summary>
    internal bool IsNamed { get; init; }

    /// <summary>What may be said of an activity's failure: only our own exceptions are known to hold no content.</summary>
    internal static string ReasonOf(TaskFailedException failure) => StepFailure.ReasonOf<StepFailedException>(failure);
}
