using Microsoft.Data.Sqlite;

namespace Serverless.Local.Durable.Storage;

/// <summary>Every fact of every instance's current execution, in order. (instance, seq) is the key, so that nothing is written twice.</summary>
internal static class HistoryTable
{
    public static List<HistoryEvent> Read(Statements sql, string instanceId) => sql.Rows(
        "SELECT kind, task_id, name, data, target, at FROM history WHERE instance_id = $1 ORDER BY seq", ReadEvent, instanceId);

    public static void Append(Statements sql, string instanceId, int firstSeq, IReadOnlyList<HistoryEvent> events)
    {
        for (var i = 0; i < events.Count; i++)
        {
            var e = events[i];
            sql.Execute(
                "INSERT INTO history (instance_id, seq, kind, task_id, name, data, target, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                instanceId, firstSeq + i, (int)e.Kind, e.TaskId, e.Name, e.Data, e.Target, e.At);
        }
    }

    public static void Delete(Statements sql, string instanceId) => sql.Execute("DELETE FROM history WHERE instance_id = $1", instanceId);

    private static HistoryEvent ReadEvent(SqliteDataReader row) => new(
        (HistoryKind)row.GetInt32(0), row.GetInt32(1), Statements.Text(row, 2), Statements.Text(row, 3), Statements.Text(row, 4), row.GetInt64(5));
}
