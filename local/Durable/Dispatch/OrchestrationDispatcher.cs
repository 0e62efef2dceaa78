using System.Threading.Channels;
using Microsoft.DurableTask.Client;
using Serverless.Local.Durable.Replay;
using Serverless.Local.Durable.Storage;

namespace Serverless.Local.Durable.Dispatch;

/// <summary>
/// Gives instances with new messages their next step, one step of an instance at a time, several instances at once.
/// The leases live in memory only: after a crash everything with messages is simply ready again.
/// </summary>
internal sealed class OrchestrationDispatcher(DurableStore store, OrchestrationStep stepper, int concurrency, TimeProvider time, ILogger logger)
{
    private readonly Channel<string> _ready = Channel.CreateUnbounded<string>();
    private readonly Dictionary<string, bool> _leases = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly StoreRetry _retry = new(time, logger);
    private readonly Lock _gate = new();
    private Task _workers = Task.CompletedTask;

    public void Start() => _workers = Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => Task.Run(WorkAsync)));

    /// <summary>Says that an instance has something in its inbox.</summary>
    public void Wake(string instanceId)
    {
        lock (_gate)
        {
            if (!_leases.TryAdd(instanceId, false))
            {
                // Ready or under way already: it looks again afterwards.
                _leases[instanceId] = true;
                return;
            }
        }

        _ready.Writer.TryWrite(instanceId);
    }

    /// <summary>Takes up no further step and waits for those under way.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _ready.Writer.TryComplete();
        await _workers.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task WorkAsync()
    {
        try
        {
            await foreach (var instanceId in _ready.Reader.ReadAllAsync(_stopping.Token).ConfigureAwait(false))
            {
                lock (_gate) _leases[instanceId] = false;
                await _retry.RunAsync(() => StepAsync(instanceId), _stopping.Token).ConfigureAwait(false);
                Release(instanceId);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or EngineStoppedException or EngineKilledException)
        {
            // What is in the inboxes stays there for the next start.
        }
    }

    private void Release(string instanceId)
    {
        lock (_gate)
        {
            if (!_leases[instanceId])
            {
                _leases.Remove(instanceId);
                return;
            }
        }

        _ready.Writer.TryWrite(instanceId);
    }

    private async Task StepAsync(string instanceId)
    {
        if (store.Read(sql => StepInput.Load(sql, instanceId)) is not { } input) return;
        var executionId = input.Instance.ExecutionId;
        if (stepper.Run(input, time.GetUtcNow().UtcTicks, () => ReportIllegalAwait(instanceId, executionId)) is not { } step) return;
        store.FaultPoint?.Invoke("stepped");
        if (await store.WriteAsync(unit => StepCommit.Apply(unit, input, step)).ConfigureAwait(false)) Log(input, step);
    }

    private void ReportIllegalAwait(string instanceId, string executionId)
    {
        try
        {
            _ = store.WriteAsync(unit => unit.Post(instanceId, executionId, new(HistoryKind.IllegalAwait)));
        }
        catch (EngineStoppedException)
        {
            // The next replay will find out again.
        }
    }

    private void Log(StepInput input, StepResult step)
    {
        var after = step.After;
        DurableLog.Stepped(logger, after.Name, after.InstanceId, step.Consumed.Count, step.Actions.Count, after.Status.ToString());
        if (after.Status != OrchestrationRuntimeStatus.Failed || input.Instance.IsFinished) return;
        var failure = StoredFailure.Read(after.Failure!).Details;
        var engineFound = failure.ErrorType == typeof(NonDeterministicOrchestrationException).FullName || failure.ErrorType == typeof(NonDurableAwaitException).FullName;
        if (engineFound) DurableLog.OrchestratorFault(logger, after.Name, after.InstanceId, failure.ErrorMessage);
        else DurableLog.OrchestrationFailed(logger, after.Name, after.InstanceId, failure.ErrorType);
    }
}
