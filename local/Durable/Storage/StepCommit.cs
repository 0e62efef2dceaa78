using Microsoft.DurableTask.Client;
using Serverless.Local.Durable.Replay;

namespace Serverless.Local.Durable.Storage;

/// <summary>Writes a step: messages used up, history, what the code asked for and, at the end, word to the parent. All or nothing.</summary>
internal static class StepCommit
{
    /// <summary>False, and nothing written, when the instance was purged, replaced or taken on since the step read it.</summary>
    public static bool Apply(UnitOfWork unit, StepInput input, StepResult step)
    {
        var before = input.Instance;
        var after = step.After;
        if (!InstanceTable.Update(unit.Sql, before.ExecutionId, after)) return false;
        unit.Changed.Add(after.InstanceId);
        InboxTable.Delete(unit.Sql, step.Consumed);
        if (!step.ContinuesAsNew) HistoryTable.Append(unit.Sql, after.InstanceId, input.History.Count, step.History);

        var goesOn = !after.IsFinished && !step.ContinuesAsNew;
        foreach (var action in step.Actions) Do(unit, before, action, step, goesOn);
        if (goesOn)
        {
            foreach (var taskId in step.CancelledTimers) TimerTable.Delete(unit.Sql, after.InstanceId, taskId);
            return true;
        }

        TimerTable.DeleteAll(unit.Sql, after.InstanceId);
        if (step.ContinuesAsNew) BeginAnew(unit, step);
        else Finish(unit, before, step);
        return true;
    }

    private static void Do(UnitOfWork unit, InstanceRow instance, HistoryEvent action, StepResult step, bool goesOn)
    {
        switch (action.Kind)
        {
            case HistoryKind.ActivityScheduled:
                unit.Activities.Add(ActivityTable.Add(unit.Sql, instance, action));
                break;
            case HistoryKind.TimerCreated when goesOn && !step.CancelledTimers.Contains(action.TaskId):
                unit.AddTimer(instance.InstanceId, instance.ExecutionId, action.TaskId, action.At);
                break;
            case HistoryKind.SubOrchestrationCreated:
                StartChild(unit, instance, action, step.After.UpdatedAt);
                break;
            case HistoryKind.EventSent:
                unit.Post(action.Target!, null, new(HistoryKind.EventRaised, Name: action.Name, Data: action.Data));
                break;
            default:
                break;
        }
    }

    private static void StartChild(UnitOfWork unit, InstanceRow instance, HistoryEvent action, long now)
    {
        var child = new InstanceRow
        {
            InstanceId = action.Target!,
            ExecutionId = Guid.NewGuid().ToString("N"),
            Name = action.Name!,
            Status = OrchestrationRuntimeStatus.Pending,
            CreatedAt = now,
            UpdatedAt = now,
            Input = action.Data,
            Parent = new(instance.InstanceId, instance.ExecutionId, instance.Name, action.TaskId),
        };
        if (InstanceCreation.Create(unit, child, startAt: null, dedupe: null)) return;
        var failure = StoredFailure.Of(
            typeof(global::DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException).FullName!,
            $"Sub-orchestration '{action.Name}' cannot start: instance '{action.Target}' exists and has not finished.");
        unit.Post(instance.InstanceId, instance.ExecutionId, new(HistoryKind.SubOrchestrationFailed, action.TaskId, action.Name, failure.Write()));
    }

    private static void BeginAnew(UnitOfWork unit, StepResult step)
    {
        var after = step.After;
        HistoryTable.Delete(unit.Sql, after.InstanceId);
        InboxTable.AddFirst(unit.Sql, after.InstanceId, [new(HistoryKind.ExecutionStarted, Name: after.Name), .. step.CarriedEvents]);
        unit.Woken.Add(after.InstanceId);
    }

    private static void Finish(UnitOfWork unit, InstanceRow before, StepResult step)
    {
        var after = step.After;
        InboxTable.DeleteAll(unit.Sql, after.InstanceId);
        if (step.TerminatesChildren)
        {
            foreach (var child in InstanceTable.Children(unit.Sql, after.InstanceId).Where(child => child.Parent!.ExecutionId == before.ExecutionId))
            {
                unit.Post(child.InstanceId, null, new(HistoryKind.TerminateRequested, Name: "recursive", Data: after.Output));
            }
        }

        var (kind, data) = after.Status switch
        {
            OrchestrationRuntimeStatus.Completed => (HistoryKind.SubOrchestrationCompleted, after.Output),
            OrchestrationRuntimeStatus.Failed => (HistoryKind.SubOrchestrationFailed, after.Failure),
            _ => (HistoryKind.SubOrchestrationFailed, StoredFailure.Of("Terminated", $"Sub-orchestration '{after.Name}' ({after.InstanceId}) was terminated.").Write()),
        };
        InstanceCreation.NotifyParent(unit, after, kind, data);
    }
}
