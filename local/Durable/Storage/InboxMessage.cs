namespace Serverless.Local.Durable.Storage;

/// <summary>An event that waits for its instance's next step. With an execution id it is meant for that execution only.</summary>
internal sealed record InboxMessage(long Id, string? ExecutionId, HistoryEvent Event);
