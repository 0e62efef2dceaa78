using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Local.Durable.Dispatch;
using Serverless.Local.Durable.Storage;

namespace Serverless.Local.Durable;

/// <summary>The client of the local engine. Every change is on the disk when its task ends.</summary>
/// <remarks>As in the real service, a message to an unknown or finished instance is dropped, and waiting for an unknown one goes on until it is there.</remarks>
internal sealed class LocalDurableClient(Func<DurableStore> opened, InstanceWatch watch, TimeProvider time, ILogger logger) : DurableTaskClient(HubName)
{
    private const string HubName = "serverless";

    private DurableStore Store => opened();

    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        ArgumentException.ThrowIfNullOrEmpty(orchestratorName.Name, nameof(orchestratorName));
        if (options?.InstanceId is { } id) ArgumentException.ThrowIfNullOrWhiteSpace(id, nameof(options));
        var now = time.GetUtcNow().UtcTicks;
        var row = new InstanceRow
        {
            InstanceId = options?.InstanceId ?? Guid.NewGuid().ToString("N"),
            ExecutionId = Guid.NewGuid().ToString("N"),
            Name = orchestratorName.Name,
            Status = OrchestrationRuntimeStatus.Pending,
            CreatedAt = now,
            UpdatedAt = now,
            Input = DurableJson.Write(input),
            Tags = options is { Tags.Count: > 0 } ? DurableJson.Write(options.Tags) : null,
        };
        var dedupe = options?.DedupeStatuses is { } names ? ParseStatuses(names) : null;
        await Store.WriteAsync(unit => InstanceCreation.Create(unit, row, options?.StartAt, dedupe)).ConfigureAwait(false);
        return row.InstanceId;
    }

    public override Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        return PostAsync(instanceId, new(HistoryKind.EventRaised, Name: eventName, Data: DurableJson.Write(eventPayload)), cancellation);
    }

    public override Task TerminateInstanceAsync(string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default) =>
        PostAsync(
            instanceId,
            new(HistoryKind.TerminateRequested, Name: options?.Recursive == true ? "recursive" : null, Data: DurableJson.Write(options?.Output)),
            cancellation);

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        PostAsync(instanceId, new(HistoryKind.Suspended, Data: DurableJson.Write(reason)), cancellation);

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        PostAsync(instanceId, new(HistoryKind.Resumed, Data: DurableJson.Write(reason)), cancellation);

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, getInputsAndOutputs, found => found.RuntimeStatus != OrchestrationRuntimeStatus.Pending, cancellation);

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, getInputsAndOutputs, found => found.IsCompleted, cancellation);

    public override Task<OrchestrationMetadata?> GetInstancesAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(Find(instanceId, getInputsAndOutputs));
    }

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null)
    {
        filter ??= new();
        ArgumentOutOfRangeException.ThrowIfLessThan(filter.PageSize, 1, nameof(filter));
        var elsewhere = filter.TaskHubNames?.ToList() is { Count: > 0 } hubs && !hubs.Contains(Name, StringComparer.OrdinalIgnoreCase);
        return new InstancePages(
            Store,
            new(filter.CreatedFrom, filter.CreatedTo, filter.Statuses?.ToHashSet(), filter.InstanceIdPrefix),
            filter.PageSize,
            filter.FetchInputsAndOutputs,
            filter.ContinuationToken,
            nothing: elsewhere);
    }

    public override async Task<PurgeResult> PurgeInstanceAsync(string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        cancellation.ThrowIfCancellationRequested();
        return new(await Store.WriteAsync(unit => InstancePurge.Purge(unit, instanceId, options?.Recursive == true)).ConfigureAwait(false), isComplete: true);
    }

    public override async Task<PurgeResult> PurgeAllInstancesAsync(PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        if (filter.Timeout is { } limit) ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero, nameof(filter));
        const int Batch = 200;
        var began = time.GetTimestamp();
        var statuses = (filter.Statuses?.ToHashSet() ?? [.. Enum.GetValues<OrchestrationRuntimeStatus>()]).Where(InstanceRow.IsFinal).ToHashSet();
        var which = new InstanceFilter(filter.CreatedFrom, filter.CreatedTo, statuses);
        var purged = 0;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var (found, gone) = await Store.WriteAsync(unit =>
            {
                var rows = InstanceTable.Page(unit.Sql, which, null, Batch, payloads: false);
                return (rows.Count, rows.Sum(row => InstancePurge.Purge(unit, row.InstanceId, options?.Recursive == true)));
            }).ConfigureAwait(false);
            purged += gone;
            if (found < Batch) return new(purged, isComplete: true);
            if (filter.Timeout is { } timeout && time.GetElapsedTime(began) >= timeout) return new(purged, isComplete: false);
        }
    }

    // The engine owns the store: a client has nothing of its own to give up.
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static HashSet<OrchestrationRuntimeStatus> ParseStatuses(IReadOnlyList<string> names)
    {
        HashSet<OrchestrationRuntimeStatus> statuses = [.. names.Select(ParseStatus)];
        OrchestrationRuntimeStatus[] live = [OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended];
        return statuses.Contains(OrchestrationRuntimeStatus.Terminated) && !live.All(statuses.Contains)
            ? throw new ArgumentException(
                "DedupeStatuses: Terminated needs Pending, Running and Suspended beside it, as a live instance that may be replaced is terminated first.")
            : statuses;
    }

    private static OrchestrationRuntimeStatus ParseStatus(string name) => Enum.TryParse<OrchestrationRuntimeStatus>(name, ignoreCase: true, out var status)
        ? status
        : throw new ArgumentException($"DedupeStatuses: '{name}' is no status; permitted are {string.Join(", ", Enum.GetNames<OrchestrationRuntimeStatus>())}.");

    private async Task PostAsync(string instanceId, HistoryEvent message, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        cancellation.ThrowIfCancellationRequested();
        if (!await Store.WriteAsync(unit => unit.Post(instanceId, null, message)).ConfigureAwait(false)) DurableLog.MessageDropped(logger, instanceId);
    }

    private Task<OrchestrationMetadata> WaitAsync(string instanceId, bool payloads, Func<OrchestrationMetadata, bool> enough, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        return watch.WaitAsync(instanceId, () => Find(instanceId, payloads), enough, cancellation);
    }

    private OrchestrationMetadata? Find(string instanceId, bool payloads) =>
        Store.Read(sql => InstanceTable.Find(sql, instanceId, payloads)) is { } row ? InstanceReport.Of(row, payloads) : null;
}
