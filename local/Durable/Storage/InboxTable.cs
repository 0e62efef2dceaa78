namespace Serverless.Local.Durable.Storage;

/// <summary>Messages on their way to instances; an instance reads its own in the order of their ids.</summary>
internal static class InboxTable
{
    public static List<InboxMessage> Read(Statements sql, string instanceId) => sql.Rows(
        "SELECT id, execution_id, kind, task_id, name, data FROM inbox WHERE instance_id = $1 ORDER BY id",
        row => new InboxMessage(
            row.GetInt64(0),
            Statements.Text(row, 1),
            new((HistoryKind)row.GetInt32(2), row.GetInt32(3), Statements.Text(row, 4), Statements.Text(row, 5))),
        instanceId);

    public static List<string> Instances(Statements sql) => sql.Rows("SELECT DISTINCT instance_id FROM inbox", row => row.GetString(0));

    public static void Add(Statements sql, string instanceId, string? executionId, HistoryEvent message) => sql.Execute(
        "INSERT INTO inbox (instance_id, execution_id, kind, task_id, name, data) VALUES ($1, $2, $3, $4, $5, $6)",
        instanceId, executionId, (int)message.Kind, message.TaskId, message.Name, message.Data);

    /// <summary>Puts messages before all that are there: what a continued instance did not use comes before what has arrived since.</summary>
    public static void AddFirst(Statements sql, string instanceId, IReadOnlyList<HistoryEvent> messages)
    {
        if (messages.Count == 0) return;
        var id = Math.Min(0, sql.Number("SELECT min(id) FROM inbox") ?? 0) - messages.Count;
        foreach (var message in messages)
        {
            sql.Execute(
                "INSERT INTO inbox (id, instance_id, execution_id, kind, task_id, name, data) VALUES ($1, $2, NULL, $3, $4, $5, $6)",
                id++, instanceId, (int)message.Kind, message.TaskId, message.Name, message.Data);
        }
    }

    public static void Delete(Statements sql, IEnumerable<long> ids)
    {
        foreach (var id in ids) sql.Execute("DELETE FROM inbox WHERE id = $1", id);
    }

    public static void DeleteAll(Statements sql, string instanceId) => sql.Execute("DELETE FROM inbox WHERE instance_id = $1", instanceId);
}
