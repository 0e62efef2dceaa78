namespace Serverless.Local.Durable.Storage;

/// <summary>Exchanges an activity that is done for the message that says so.</summary>
internal static class ActivityCompletion
{
    /// <summary>False when the activity is no longer wanted: its instance was purged, replaced or has finished.</summary>
    public static bool Apply(UnitOfWork unit, ActivityRow row, HistoryKind kind, string? data) =>
        ActivityTable.Delete(unit.Sql, row) && unit.Post(row.InstanceId, row.ExecutionId, new(kind, row.TaskId, row.Name, data));
}
