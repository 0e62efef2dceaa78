namespace Serverless.Local.Durable.Replay;

/// <summary>A durable task that the orchestrator may await: an activity, a sub-orchestration, a timer or an event.</summary>
internal abstract class PendingTask(string name, int taskId)
{
    public string Name { get; } = name;

    public int TaskId { get; } = taskId;

    public abstract bool IsDone { get; }

    /// <summary>Completes with a JSON result; a result that is no such type fails the task instead.</summary>
    public abstract void Complete(string? json);

    public abstract void Fail(Exception exception);

    /// <summary>Cancels; false when the task is done already.</summary>
    public abstract bool Cancel(CancellationToken token);
}
