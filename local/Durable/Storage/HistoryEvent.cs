namespace Serverless.Local.Durable.Storage;

/// <summary>One fact of an instance's history, or a message on its way to become one. Ticks are UTC.</summary>
/// <param name="TaskId">The action's number within the execution; -1 where there is none.</param>
/// <param name="Name">Of the activity, orchestrator or event.</param>
/// <param name="Data">JSON: input, output, payload or failure.</param>
/// <param name="Target">The instance that a sub-orchestration or a sent event goes to.</param>
/// <param name="At">When a step began or a timer is due, in ticks.</param>
internal sealed record HistoryEvent(HistoryKind Kind, int TaskId = -1, string? Name = null, string? Data = null, string? Target = null, long At = 0)
{
    public bool IsAction => Kind is >= HistoryKind.ActivityScheduled and <= HistoryKind.EventSent;

    public bool IsInbound => Kind is HistoryKind.ExecutionStarted or (>= HistoryKind.ActivityCompleted and <= HistoryKind.EventRaised);

    /// <summary>Names and sizes only: data may be content.</summary>
    public override string ToString() => $"{Kind} #{TaskId} {Name} {Target} [{Data?.Length ?? 0} chars]";
}
