using Microsoft.DurableTask;
using Serverless.Local.Durable.Storage;

namespace Serverless.Local.Durable.Replay;

/// <summary>One replay of an orchestrator: what its code may ask for, answered from history.</summary>
internal sealed class LocalOrchestrationContext(InstanceRow instance, ActionJournal journal, OrchestratorThread thread, ILoggerFactory loggers)
    : TaskOrchestrationContext
{
    private readonly Dictionary<int, PendingTask> _pending = [];
    private readonly HashSet<int> _finalFailures = [];
    private int _nextTaskId;
    private int _nextGuid;
    private DateTime _now;
    private bool _replaying;

    public override TaskName Name => instance.Name;

    public override string InstanceId => instance.InstanceId;

    public override ParentOrchestrationInstance? Parent =>
        instance.Parent is { } parent ? new(parent.Name, parent.InstanceId) : null;

    public override DateTime CurrentUtcDateTime => _now;

    public override bool IsReplaying => _replaying;

    public ExternalEvents Events { get; } = new();

    /// <summary>Timers that were cancelled before they fired.</summary>
    public HashSet<int> CancelledTimers { get; } = [];

    /// <summary>The custom status as JSON, if this execution has set one.</summary>
    public (bool IsSet, string? Json) CustomStatus { get; private set; }

    /// <summary>The next execution's input, if the code asked for one.</summary>
    public (string? InputJson, bool KeepEvents)? Continuation { get; private set; }

    /// <summary>Whether anything that history can still bring is waited for.</summary>
    public bool AwaitsSomethingDurable => _pending.Count > 0 || Events.AnyWaiting;

    protected override ILoggerFactory LoggerFactory => loggers;

    public void BeginStep(DateTime now, bool replaying)
    {
        _now = now;
        _replaying = replaying;
    }

    /// <summary>Applies what came of an action, or from outside.</summary>
    public void Apply(HistoryEvent message)
    {
        if (message.Kind == HistoryKind.EventRaised)
        {
            Events.Raise(message);
            return;
        }

        // A timer that was cancelled when it had already fired has nobody waiting for it.
        if (!_pending.Remove(message.TaskId, out var task)) return;
        if (message.Kind is HistoryKind.ActivityFailed or HistoryKind.SubOrchestrationFailed)
        {
            var failure = StoredFailure.Read(message.Data!);
            if (failure.Final) _finalFailures.Add(message.TaskId);
            task.Fail(new TaskFailedException(task.Name, task.TaskId, failure.Details));
        }
        else
        {
            task.Complete(message.Data);
        }
    }

    /// <summary>Whether another attempt cannot do better, because nothing of that name is registered.</summary>
    public bool IsFinal(TaskFailedException exception) => _finalFailures.Contains(exception.TaskId);

    public override T? GetInput<T>()
        where T : default => DurableJson.Read<T>(instance.Input);

    public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
    {
        EnsureHere();
        ArgumentException.ThrowIfNullOrEmpty(name.Name, nameof(name));
        RefuseOptionsAsInput(input, options);
        var json = DurableJson.Write(input);
        return Retries.RunAsync(this, options?.Retry, () =>
            Ask<TResult>(id => new(HistoryKind.ActivityScheduled, id, name.Name, json)));
    }

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null)
    {
        EnsureHere();
        ArgumentException.ThrowIfNullOrEmpty(orchestratorName.Name, nameof(orchestratorName));
        RefuseOptionsAsInput(input, options);
        var child = options is SubOrchestrationOptions { InstanceId.Length: > 0 } given ? given.InstanceId : NewGuid().ToString("N");
        var json = DurableJson.Write(input);
        return Retries.RunAsync(this, options?.Retry, () =>
            Ask<TResult>(id => new(HistoryKind.SubOrchestrationCreated, id, orchestratorName.Name, json, child)));
    }

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        EnsureHere();
        return CreateTimer(fireAt.ToUniversalTime(), null, cancellationToken);
    }

    public Task CreateRetryTimer(TimeSpan delay) =>
        CreateTimer(DateTime.MaxValue - _now <= delay ? DateTime.MaxValue : _now + delay, ActionJournal.RetryTimer, CancellationToken.None);

    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        EnsureHere();
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<T>(cancellationToken);
        var task = Events.Wait<T>(eventName);
        CancelWith(task, cancellationToken);
        return task.Task;
    }

    public override void SendEvent(string instanceId, string eventName, object payload)
    {
        EnsureHere();
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        journal.Record(new(HistoryKind.EventSent, _nextTaskId++, eventName, DurableJson.Write(payload), instanceId));
    }

    public override void SetCustomStatus(object? customStatus)
    {
        EnsureHere();
        CustomStatus = (true, DurableJson.Write(customStatus));
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true)
    {
        EnsureHere();
        Continuation = (DurableJson.Write(newInput), preserveUnprocessedEvents);
    }

    public override Guid NewGuid()
    {
        EnsureHere();
        return DeterministicGuid.Create($"{InstanceId}\n{instance.ExecutionId}", _now, _nextGuid++);
    }

    private Task CreateTimer(DateTime fireAtUtc, string? name, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled(cancellationToken);
        var id = _nextTaskId;
        var timer = Ask<object?>(taskId => new(HistoryKind.TimerCreated, taskId, name, At: fireAtUtc.Ticks));
        if (_pending.TryGetValue(id, out var pending)) CancelWith(pending, cancellationToken);
        return timer;
    }

    // Once code and history have parted, the instance fails: its code gets a task that never ends.
    private Task<T> Ask<T>(Func<int, HistoryEvent> describe)
    {
        EnsureHere();
        var id = _nextTaskId++;
        var action = describe(id);
        var task = new PendingTask<T>(action.Name ?? "timer", id);
        if (journal.Record(action)) _pending.Add(id, task);
        return task.Task;
    }

    private void CancelWith(PendingTask task, CancellationToken token)
    {
        if (!token.CanBeCanceled) return;
        token.Register(() =>
        {
            if (!thread.IsHere)
            {
                thread.ReportForeigner();
                return;
            }

            if (task.IsDone) return;
            if (_pending.Remove(task.TaskId)) CancelledTimers.Add(task.TaskId);
            task.Cancel(token);
        });
    }

    private void EnsureHere()
    {
        if (thread.IsHere) return;
        thread.ReportForeigner();
        throw new NonDurableAwaitException(instance.Name, instance.InstanceId);
    }

    private static void RefuseOptionsAsInput(object? input, TaskOptions? options)
    {
        if (input is TaskOptions && options is null)
        {
            throw new ArgumentException("TaskOptions were given as the input; pass them as the options (with a null input).", nameof(input));
        }
    }
}
