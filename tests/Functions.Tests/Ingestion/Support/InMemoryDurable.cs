using System.Reflection;
using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.Batches;

namespace Serverless.Functions.Tests.Ingestion.Support;

/// <summary>
/// Durable in memory for one orchestrator, or for ingestion's two unless one is given: history by replay, singletons by instance id, and a crash wherever a test wants one. Payloads pass
/// through JSON, as they do in earnest.
/// </summary>
internal sealed class InMemoryDurable : DurableTaskClient
{
    private readonly Dictionary<string, (object Target, MethodInfo Method)> _methods;
    private readonly Func<TaskOrchestrationContext, Task>? _orchestrator;

    public InMemoryDurable(object activities, Func<TaskOrchestrationContext, Task>? orchestrator = null)
        : this([activities], orchestrator)
    {
    }

    public InMemoryDurable(object[] activities, Func<TaskOrchestrationContext, Task>? orchestrator = null)
        : base("test")
    {
        _methods = activities.SelectMany(target => target.GetType().GetMethods().Select(method => (target, method)))
            .Where(item => item.method.GetCustomAttribute<FunctionAttribute>() is not null)
            .ToDictionary(item => item.method.GetCustomAttribute<FunctionAttribute>()!.Name);
        _orchestrator = orchestrator;
    }

    public Dictionary<string, InMemoryInstance> Instances { get; } = [];

    /// <summary>Orchestrations of other kinds that were asked for: what they do is another test's.</summary>
    public HashSet<string> Others { get; } = [];

    /// <summary>The clock by which instances are created.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Called around each first run of an activity: (name, whether it has run but is not recorded yet). Throws to kill the host.</summary>
    public Action<string, bool> Crash { get; set; } = (_, _) => { };

    /// <summary>Whether the host has died within an activity: whatever the activity made of it, nothing is recorded.</summary>
    public bool IsKilled { get; set; }

    /// <summary>Runs live instances until they complete, as the host does when it starts.</summary>
    public async Task RunAsync()
    {
        while (Instances.Values.FirstOrDefault(instance => instance.IsLive) is { } live) await RunAsync(live);
    }

    public override Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
    {
        var id = options!.InstanceId!;
        if (_orchestrator is null && orchestratorName.Name is not (DocumentOrchestrator.Name or DocumentBatchOrchestrator.Name))
            return Others.Add(id) ? Task.FromResult(id) : throw new InvalidOperationException($"{id} runs already.");
        if (Instances.TryGetValue(id, out var existing) && existing.IsLive) throw new InvalidOperationException($"{id} runs already.");
        Instances[id] = new InMemoryInstance(id, orchestratorName.Name, JsonSerializer.Serialize(input)) { CreatedAt = Time.GetUtcNow() };
        return Task.FromResult(id);
    }

    public override Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        Instances[instanceId].IsSignalled = true;
        return Task.CompletedTask;
    }

    public override Task<OrchestrationMetadata?> GetInstancesAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        Task.FromResult(Instances.TryGetValue(instanceId, out var instance)
            ? new OrchestrationMetadata("Document", instanceId) { CreatedAt = instance.CreatedAt, RuntimeStatus = instance.IsLive ? OrchestrationRuntimeStatus.Running : OrchestrationRuntimeStatus.Completed }
            : null);

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) => throw new NotSupportedException();

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) => throw new NotSupportedException();

    public override Task<PurgeResult> PurgeInstanceAsync(string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default) =>
        Task.FromResult(new PurgeResult(Instances.Remove(instanceId) ? 1 : 0));

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null) => throw new NotSupportedException();

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task RunAsync(InMemoryInstance instance)
    {
        var context = new ReplayContext(instance, RunActivityAsync, (name, ran) => Crash(name, ran));
        await (_orchestrator ?? (instance.Name == DocumentBatchOrchestrator.Name ? DocumentBatchOrchestrator.RunAsync : DocumentOrchestrator.RunAsync))(context);
        if (context.NextInput is null)
        {
            instance.IsLive = false;
            return;
        }

        instance.Input = context.NextInput;
        instance.History.Clear();
        instance.IsSignalled = false;
        instance.Generations++;
        Assert.True(instance.Generations < 50, "The orchestration goes round for ever.");
    }

    private async Task<string?> RunActivityAsync(string name, string input)
    {
        var (target, method) = _methods[name];
        var argument = JsonSerializer.Deserialize(input, method.GetParameters()[0].ParameterType);
        var arguments = method.GetParameters().Skip(1).Select(parameter => parameter.ParameterType == typeof(DurableTaskClient) ? (object)this : CancellationToken.None);
        var task = (Task)method.Invoke(target, [argument, .. arguments])!;
        try
        {
            await task;
        }
        catch (Exception) when (IsKilled)
        {
            throw new HostKilledException();
        }

        if (IsKilled) throw new HostKilledException();
        return JsonSerializer.Serialize(task.GetType().GetProperty("Result")!.GetValue(task));
    }
}
