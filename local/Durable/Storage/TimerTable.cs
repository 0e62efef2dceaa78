namespace Serverless.Local.Durable.Storage;

/// <summary>Durable timers and scheduled starts (task <see cref="ScheduledStart"/>) that have not fired yet.</summary>
internal static class TimerTable
{
    public const int ScheduledStart = -1;

    public static void Add(Statements sql, string instanceId, string executionId, int taskId, long fireAt) => sql.Execute(
        "INSERT INTO timers (instance_id, task_id, execution_id, fire_at) VALUES ($1, $2, $3, $4)", instanceId, taskId, executionId, fireAt);

    public static void Delete(Statements sql, string instanceId, int taskId) =>
        sql.Execute("DELETE FROM timers WHERE instance_id = $1 AND task_id = $2", instanceId, taskId);

    public static void DeleteAll(Statements sql, string instanceId) => sql.Execute("DELETE FROM timers WHERE instance_id = $1", instanceId);

    public static List<(string InstanceId, string ExecutionId, int TaskId)> Due(Statements sql, long now, int limit) => sql.Rows(
        "SELECT instance_id, execution_id, task_id FROM timers WHERE fire_at <= $1 ORDER BY fire_at, instance_id, task_id LIMIT $2",
        row => (row.GetString(0), row.GetString(1), row.GetInt32(2)), now, limit);

    /// <summary>When the next one is due, in ticks; null when there is none.</summary>
    public static long? Next(Statements sql) => sql.Number("SELECT min(fire_at) FROM timers");
}
