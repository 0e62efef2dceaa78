using Microsoft.Data.Sqlite;
using Microsoft.DurableTask.Client;

namespace Serverless.Local.Durable.Storage;

/// <summary>The instances and where they stand.</summary>
internal static class InstanceTable
{
    private const string Head = "instance_id, execution_id, name, status, created_at, updated_at, tags, parent_id, parent_execution, parent_name, parent_task";
    private const string Payloads = ", input, output, custom_status, failure";

    /// <summary>The instance, or null; without <paramref name="payloads"/> no input, output, status or failure is read.</summary>
    public static InstanceRow? Find(Statements sql, string instanceId, bool payloads) => sql.Rows<InstanceRow>(
        payloads ? $"SELECT {Head}{Payloads} FROM instances WHERE instance_id = $1" : $"SELECT {Head} FROM instances WHERE instance_id = $1",
        payloads ? ReadWithPayloads : ReadHead,
        instanceId).FirstOrDefault();

    /// <summary>Instances in the order of their creation, after <paramref name="after"/>, at most <paramref name="size"/> of them.</summary>
    public static List<InstanceRow> Page(Statements sql, InstanceFilter filter, (long CreatedAt, string Id)? after, int size, bool payloads)
    {
        var statuses = filter.Statuses is null ? "" : $"AND status IN ({string.Join(',', filter.Statuses.Select(status => (int)status))})";
        return sql.Rows<InstanceRow>(
            $"""
            SELECT {Head}{(payloads ? Payloads : "")} FROM instances
            WHERE created_at >= $1 AND created_at <= $2 AND (created_at, instance_id) > ($3, $4)
              AND substr(instance_id, 1, length($5)) = $5 {statuses}
            ORDER BY created_at, instance_id LIMIT $6
            """,
            payloads ? ReadWithPayloads : ReadHead,
            filter.CreatedFrom?.UtcTicks ?? 0L,
            filter.CreatedTo?.UtcTicks ?? long.MaxValue,
            after?.CreatedAt ?? -1L,
            after?.Id ?? "",
            filter.IdPrefix ?? "",
            size);
    }

    public static List<InstanceRow> Children(Statements sql, string instanceId) =>
        sql.Rows($"SELECT {Head} FROM instances WHERE parent_id = $1", ReadHead, instanceId);

    public static void Insert(Statements sql, InstanceRow row) => sql.Execute(
        """
        INSERT INTO instances (instance_id, execution_id, name, status, created_at, updated_at, tags, parent_id, parent_execution, parent_name, parent_task, input)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        row.InstanceId, row.ExecutionId, row.Name, (int)row.Status, row.CreatedAt, row.UpdatedAt, row.Tags,
        row.Parent?.InstanceId, row.Parent?.ExecutionId, row.Parent?.Name, row.Parent?.TaskId, row.Input);

    /// <summary>Writes what a step changes; false when the instance is no longer in the execution that the step read.</summary>
    public static bool Update(Statements sql, string executionId, InstanceRow row) => sql.Execute(
        """
        UPDATE instances SET execution_id = $3, status = $4, updated_at = $5, input = $6, output = $7, custom_status = $8, failure = $9
        WHERE instance_id = $1 AND execution_id = $2
        """,
        row.InstanceId, executionId, row.ExecutionId, (int)row.Status, row.UpdatedAt, row.Input, row.Output, row.CustomStatus, row.Failure) == 1;

    public static bool Delete(Statements sql, string instanceId) => sql.Execute("DELETE FROM instances WHERE instance_id = $1", instanceId) == 1;

    private static InstanceRow ReadHead(SqliteDataReader row) => new()
    {
        InstanceId = row.GetString(0),
        ExecutionId = row.GetString(1),
        Name = row.GetString(2),
        Status = (OrchestrationRuntimeStatus)row.GetInt32(3),
        CreatedAt = row.GetInt64(4),
        UpdatedAt = row.GetInt64(5),
        Tags = Statements.Text(row, 6),
        Parent = row.IsDBNull(7) ? null : new(row.GetString(7), row.GetString(8), row.GetString(9), row.GetInt32(10)),
    };

    private static InstanceRow ReadWithPayloads(SqliteDataReader row) => ReadHead(row) with
    {
        Input = Statements.Text(row, 11),
        Output = Statements.Text(row, 12),
        CustomStatus = Statements.Text(row, 13),
        Failure = Statements.Text(row, 14),
    };
}
