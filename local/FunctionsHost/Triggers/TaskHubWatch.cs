using Azure;
using Azure.Data.Tables;
using Azure.Storage.Queues;

namespace Serverless.FunctionsHost.Triggers;

/// <summary>
/// Looks whether the task hub's tables and queues are there. The Durable engine makes them when it starts and not again: where one has been deleted or lost, orchestrations stand still
/// for ever while everything else answers. The host ends then, and the next one makes them anew.
/// </summary>
internal sealed class TaskHubWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly string[] Tables = ["History", "Instances", "Partitions"];

    private readonly CancellationTokenSource _stop = new();
    private readonly TableServiceClient _tables;
    private readonly QueueServiceClient _queues;
    private readonly string _hub;
    private readonly int _partitions;
    private readonly Task _run;

    private TaskHubWatch(string storage, string hub, int partitions, TimeProvider time, Action<string> lost)
    {
        (_tables, _queues, _hub, _partitions) = (new TableServiceClient(storage), new QueueServiceClient(storage), hub, partitions);
        _run = Task.Run(() => RunAsync(time, lost));
    }

    /// <summary>Begins to look. The hub's parts must be there.</summary>
    /// <param name="settings">Names the storage, the hub and the number of its partitions.</param>
    /// <param name="time">The clock of the looks.</param>
    /// <param name="lost">Is told, once, what is gone.</param>
    /// <returns>Null where the settings name no hub.</returns>
    public static TaskHubWatch? Start(HostSettings settings, TimeProvider time, Action<string> lost) =>
        settings.HostJson("extensions:durableTask:hubName") is { Length: > 0 } hub && settings.Values.GetValueOrDefault("AzureWebJobsStorage") is { Length: > 0 } storage
            ? new TaskHubWatch(storage, hub, int.TryParse(settings.HostJson("extensions:durableTask:storageProvider:partitionCount"), out var count) ? count : 4, time, lost)
            : null;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
    }

    /// <summary>What is gone of the hub, in words; null when all is there.</summary>
    internal async Task<string?> FindLostAsync(CancellationToken cancellationToken)
    {
        var tables = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        await foreach (var table in _tables.QueryAsync(cancellationToken: cancellationToken)) tables.Add(table.Name);
        if (Tables.FirstOrDefault(name => !tables.Contains(_hub + name)) is { } lost) return $"table {_hub}{lost}";
        var queues = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var prefix = _hub.ToLowerInvariant() + "-";
        await foreach (var queue in _queues.GetQueuesAsync(prefix: prefix, cancellationToken: cancellationToken)) queues.Add(queue.Name);
        return Enumerable.Range(0, _partitions).Select(i => $"{prefix}control-{i:00}").Prepend($"{prefix}workitems").FirstOrDefault(name => !queues.Contains(name)) is { } gone ? $"queue {gone}" : null;
    }

    private async Task RunAsync(TimeProvider time, Action<string> lost)
    {
        try
        {
            using var timer = new PeriodicTimer(Interval, time);
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                if (await TryFindAsync() is not { } what) continue;
                lost(what);
                return;
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Disposed of.
        }
    }

    private async Task<string?> TryFindAsync()
    {
        try
        {
            return await FindLostAsync(_stop.Token);
        }
        catch (Exception failure) when (failure is RequestFailedException or AggregateException)
        {
            // Storage restarts: that says nothing about what it holds.
            return null;
        }
    }
}
