using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Local.Durable.Storage;

namespace Serverless.Local.Durable.Replay;

/// <summary>Takes an instance one step on: replays its history, shows its code what is new, and says what is to be written.</summary>
internal sealed class OrchestrationStep(DurableRegistry registry, ILoggerFactory loggers)
{
    /// <summary>The step, or null when there is nothing to do. Runs the orchestrator's code on this thread.</summary>
    /// <param name="now">UTC ticks.</param>
    /// <param name="illegalAwait">Called, from any thread and after this returned, when the code turns out to await something that is not durable.</param>
    public StepResult? Run(StepInput input, long now, Action illegalAwait)
    {
        var instance = input.Instance;
        if (instance.IsFinished) return null;
        var triage = InboxTriage.Of(input);
        if (triage.Ending is { } ending) return End(input, ending, now);
        if (triage.Deliver.Count == 0) return triage.Consumed.Count == 0 ? null : ControlOnly(input, triage, now);

        var steps = RecordedStep.Split(input.History);

        // The orchestrator's clock never runs backwards, whatever the machine's does.
        var time = Math.Max(now, steps.Count == 0 ? 0 : steps[^1].At);
        if (registry.FindOrchestrator(instance.Name) is not { } run)
        {
            var unknown = StoredFailure.Of(
                "OrchestratorTaskNotFound", $"There is no orchestrator named '{instance.Name}'. Instance '{instance.InstanceId}' cannot go on.", final: true);
            return Fail(input, triage, time, unknown, null);
        }

        return Replay(input, triage, steps, time, run, illegalAwait);
    }

    private StepResult Replay(
        StepInput input, InboxTriage triage, List<RecordedStep> steps, long time, Func<TaskOrchestrationContext, Task<object?>> run, Action illegalAwait)
    {
        var instance = input.Instance;
        var journal = new ActionJournal();
        var thread = new OrchestratorThread(illegalAwait);
        var context = new LocalOrchestrationContext(instance, journal, thread, loggers);
        var code = new OrchestratorCode(run, context, thread);
        foreach (var step in steps)
        {
            journal.BeginRecorded(step.Actions);
            context.BeginStep(new(step.At, DateTimeKind.Utc), replaying: true);
            code.Apply(step.Inbound);
            if (code.IsDone) journal.EndedEarly();
            journal.EndRecorded();
            if (journal.Mismatch is not null) break;
        }

        if (journal.Mismatch is null)
        {
            context.BeginStep(new(time, DateTimeKind.Utc), replaying: false);
            code.Apply(triage.Deliver);
        }

        // Nothing durable is left to wait for, yet the code waits.
        var stuck = !code.IsDone && !context.AwaitsSomethingDurable;
        if (thread.Close() || (stuck && journal.Mismatch is null))
        {
            return Fail(input, triage, time, StoredFailure.From(new NonDurableAwaitException(instance.Name, instance.InstanceId)), context);
        }

        if (journal.Mismatch is { } mismatch)
        {
            var failure = StoredFailure.From(new NonDeterministicOrchestrationException(instance.Name, instance.InstanceId, mismatch));
            return Fail(input, triage, time, failure, context);
        }

        if (code.Exception is { } exception) return Fail(input, triage, time, StoredFailure.From(exception), context, journal.New);
        if (!code.IsDone) return GoOn(input, triage, time, context, journal);
        return context.Continuation is { } next ? ContinueAsNew(input, triage, time, context, journal, next) : Complete(input, triage, time, context, journal, code);
    }

    private static StepResult GoOn(StepInput input, InboxTriage triage, long time, LocalOrchestrationContext context, ActionJournal journal) => new()
    {
        After = Touch(input.Instance, context, time) with
        {
            Status = triage.IsSuspended ? OrchestrationRuntimeStatus.Suspended : OrchestrationRuntimeStatus.Running,
        },
        Consumed = triage.Consumed,
        History = [.. Opening(triage, time), .. journal.New],
        Actions = journal.New,
        CancelledTimers = context.CancelledTimers,
    };

    private static StepResult Complete(
        StepInput input, InboxTriage triage, long time, LocalOrchestrationContext context, ActionJournal journal, OrchestratorCode code)
    {
        string? output;
        try
        {
            output = DurableJson.Write(code.Output);
        }
        catch (NotSupportedException e)
        {
            return Fail(input, triage, time, StoredFailure.From(e), context);
        }

        return new()
        {
            After = Touch(input.Instance, context, time) with { Status = OrchestrationRuntimeStatus.Completed, Output = output },
            Consumed = triage.Consumed,
            History = [.. Opening(triage, time), .. journal.New, new(HistoryKind.Completed, Data: output)],
            Actions = journal.New,
        };
    }

    private static StepResult ContinueAsNew(
        StepInput input, InboxTriage triage, long time, LocalOrchestrationContext context, ActionJournal journal, (string? InputJson, bool KeepEvents) next) => new()
        {
            After = Touch(input.Instance, context, time) with
            {
                Status = OrchestrationRuntimeStatus.Running,
                ExecutionId = Guid.NewGuid().ToString("N"),
                Input = next.InputJson,
            },
            Consumed = triage.Consumed,
            Actions = journal.New,
            ContinuesAsNew = true,
            CarriedEvents = next.KeepEvents ? context.Events.Kept : [],
        };

    private static StepResult Fail(
        StepInput input, InboxTriage triage, long time, StoredFailure failure, LocalOrchestrationContext? context, IReadOnlyList<HistoryEvent>? actions = null) => new()
        {
            After = Touch(input.Instance, context, time) with { Status = OrchestrationRuntimeStatus.Failed, Failure = failure.Write() },
            Consumed = triage.Consumed,
            History = [.. Opening(triage, time), .. actions ?? [], new(HistoryKind.Failed, Data: failure.Write())],
            Actions = actions ?? [],
        };

    private static StepResult End(StepInput input, HistoryEvent ending, long now)
    {
        var all = input.Inbox.Select(message => message.Id).ToList();
        if (ending.Kind == HistoryKind.IllegalAwait)
        {
            var failure = StoredFailure.From(new NonDurableAwaitException(input.Instance.Name, input.Instance.InstanceId)).Write();
            return new()
            {
                After = input.Instance with { Status = OrchestrationRuntimeStatus.Failed, UpdatedAt = now, Failure = failure },
                Consumed = all,
                History = [new(HistoryKind.Failed, Data: failure)],
            };
        }

        return new()
        {
            After = input.Instance with { Status = OrchestrationRuntimeStatus.Terminated, UpdatedAt = now, Output = ending.Data },
            Consumed = all,
            History = [ending, new(HistoryKind.Terminated, Data: ending.Data)],
            TerminatesChildren = ending.Name is not null,
        };
    }

    private static StepResult ControlOnly(StepInput input, InboxTriage triage, long now)
    {
        var started = input.History.Any(e => e.Kind == HistoryKind.ExecutionStarted);
        var awake = started ? OrchestrationRuntimeStatus.Running : OrchestrationRuntimeStatus.Pending;
        return new()
        {
            After = input.Instance with { Status = triage.IsSuspended ? OrchestrationRuntimeStatus.Suspended : awake, UpdatedAt = now },
            Consumed = triage.Consumed,
            History = triage.Control,
        };
    }

    private static List<HistoryEvent> Opening(InboxTriage triage, long time) =>
        [.. triage.Control, new(HistoryKind.StepStarted, At: time), .. triage.Deliver];

    private static InstanceRow Touch(InstanceRow instance, LocalOrchestrationContext? context, long time) => instance with
    {
        UpdatedAt = time,
        CustomStatus = context is { CustomStatus.IsSet: true } ? context.CustomStatus.Json : instance.CustomStatus,
    };
}
