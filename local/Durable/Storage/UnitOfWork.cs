namespace Serverless.Local.Durable.Storage;

/// <summary>One all-or-nothing change of the state, and what the rest of the engine must hear of once it is committed.</summary>
internal sealed class UnitOfWork(Statements sql)
{
    public Statements Sql { get; } = sql;

    /// <summary>Instances with something new in their inbox.</summary>
    public HashSet<string> Woken { get; } = new(StringComparer.Ordinal);

    /// <summary>Instances whose status changed, appeared or went.</summary>
    public HashSet<string> Changed { get; } = new(StringComparer.Ordinal);

    /// <summary>Activities to be done.</summary>
    public List<ActivityRow> Activities { get; } = [];

    /// <summary>The earliest timer that was added, in ticks.</summary>
    public long NextDue { get; private set; } = long.MaxValue;

    /// <summary>Puts a message into a live instance's inbox; false when there is no such instance, it has finished or runs another execution.</summary>
    public bool Post(string instanceId, string? executionId, HistoryEvent message)
    {
        var instance = InstanceTable.Find(Sql, instanceId, payloads: false);
        if (instance is null || instance.IsFinished || (executionId is not null && instance.ExecutionId != executionId)) return false;
        InboxTable.Add(Sql, instanceId, executionId, message);
        Woken.Add(instanceId);
        return true;
    }

    public void AddTimer(string instanceId, string executionId, int taskId, long fireAt)
    {
        TimerTable.Add(Sql, instanceId, executionId, taskId, fireAt);
        NextDue = Math.Min(NextDue, fireAt);
    }
}
