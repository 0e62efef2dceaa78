namespace Serverless.Functions.Ingestion.Steps;

/// <summary>A step failed in a way that may pass. Durable keeps the message in its history, so it holds statuses and names, never content.</summary>
public sealed class StepFailedException(string reason) : Exception(reason)
{
    /// <summary>Whether the message says which step it was.</summary>
    internal bool IsNamed { get; init; }
}
