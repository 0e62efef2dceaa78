namespace Serverless.Local.Durable.Storage;

/// <summary>Turns timers that are due into messages.</summary>
internal static class TimerFiring
{
    private const int MaxPerUnit = 500;

    /// <summary>Fires what is due at <paramref name="now"/> (ticks) and returns when the next one is; null when none is left.</summary>
    public static long? Fire(UnitOfWork unit, long now)
    {
        foreach (var (instanceId, executionId, taskId) in TimerTable.Due(unit.Sql, now, MaxPerUnit))
        {
            TimerTable.Delete(unit.Sql, instanceId, taskId);
            var message = taskId == TimerTable.ScheduledStart
                ? new HistoryEvent(HistoryKind.ExecutionStarted)
                : new HistoryEvent(HistoryKind.TimerFired, taskId);
            unit.Post(instanceId, executionId, message);
        }

        return TimerTable.Next(unit.Sql);
    }
}
