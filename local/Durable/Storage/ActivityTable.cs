namespace Serverless.Local.Durable.Storage;

/// <summary>Activity calls that are still to be done; a row goes in the transaction that tells its orchestration of the result.</summary>
internal static class ActivityTable
{
    public static List<ActivityRow> All(Statements sql) => sql.Rows(
        "SELECT id, instance_id, execution_id, task_id, name, input FROM activities ORDER BY id",
        row => new ActivityRow(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetInt32(3), row.GetString(4), Statements.Text(row, 5)));

    public static ActivityRow Add(Statements sql, InstanceRow instance, HistoryEvent action)
    {
        var id = sql.Number(
            "INSERT INTO activities (instance_id, execution_id, task_id, name, input) VALUES ($1, $2, $3, $4, $5) RETURNING id",
            instance.InstanceId, instance.ExecutionId, action.TaskId, action.Name, action.Data);
        return new(id!.Value, instance.InstanceId, instance.ExecutionId, action.TaskId, action.Name!, action.Data);
    }

    public static bool Delete(Statements sql, ActivityRow row) =>
        sql.Execute("DELETE FROM activities WHERE id = $1 AND execution_id = $2", row.Id, row.ExecutionId) == 1;
}
