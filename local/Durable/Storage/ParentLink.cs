namespace Serverless.Local.Durable.Storage;

/// <summary>The orchestration (and its action) that waits for a sub-orchestration.</summary>
internal sealed record ParentLink(string InstanceId, string ExecutionId, string Name, int TaskId);
