using DurableTask.Core.Exceptions;
using Microsoft.DurableTask.Client;

namespace Serverless.Local.Durable.Storage;

/// <summary>Brings an instance to life, and says what happens when its id is taken.</summary>
internal static class InstanceCreation
{
    /// <summary>
    /// Starts <paramref name="row"/>, or leaves a live instance with this id alone and returns false (the real service ignores such a start).
    /// A finished one is replaced. With <paramref name="dedupe"/>, an instance in one of these statuses is an error and any other is replaced,
    /// a live one being terminated first.
    /// </summary>
    /// <exception cref="OrchestrationAlreadyExistsException">The id is taken by an instance in one of the statuses.</exception>
    public static bool Create(UnitOfWork unit, InstanceRow row, DateTimeOffset? startAt, IReadOnlySet<OrchestrationRuntimeStatus>? dedupe)
    {
        if (InstanceTable.Find(unit.Sql, row.InstanceId, payloads: false) is { } existing)
        {
            if (dedupe?.Contains(existing.Status) == true)
            {
                throw new OrchestrationAlreadyExistsException($"An orchestration with instance id '{row.InstanceId}' and status {existing.Status} already exists.");
            }

            if (dedupe is null && !existing.IsFinished) return false;
            if (!existing.IsFinished)
            {
                NotifyParent(unit, existing, HistoryKind.SubOrchestrationFailed, StoredFailure.Of(
                    "Terminated", $"Instance '{existing.InstanceId}' was replaced by a new one with its id.").Write());
            }

            Remove(unit, existing.InstanceId);
        }

        InstanceTable.Insert(unit.Sql, row);
        unit.Changed.Add(row.InstanceId);
        if (startAt is { } at && at.UtcTicks > row.CreatedAt)
        {
            unit.AddTimer(row.InstanceId, row.ExecutionId, TimerTable.ScheduledStart, at.UtcTicks);
        }
        else
        {
            InboxTable.Add(unit.Sql, row.InstanceId, row.ExecutionId, new(HistoryKind.ExecutionStarted, Name: row.Name));
            unit.Woken.Add(row.InstanceId);
        }

        return true;
    }

    /// <summary>Tells the orchestration that waits for this one how it ended.</summary>
    public static void NotifyParent(UnitOfWork unit, InstanceRow row, HistoryKind kind, string? data)
    {
        if (row.Parent is { } parent) unit.Post(parent.InstanceId, parent.ExecutionId, new(kind, parent.TaskId, row.Name, data));
    }

    /// <summary>Deletes an instance and all that is kept for it. Its activities that are under way end unheard.</summary>
    public static void Remove(UnitOfWork unit, string instanceId)
    {
        HistoryTable.Delete(unit.Sql, instanceId);
        InboxTable.DeleteAll(unit.Sql, instanceId);
        TimerTable.DeleteAll(unit.Sql, instanceId);
        InstanceTable.Delete(unit.Sql, instanceId);
        unit.Changed.Add(instanceId);
    }
}
