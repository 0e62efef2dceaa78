using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Serverless.Functions.Tests.Ingestion.Support;

/// <summary>Replays an instance's history, then runs activities for the first time, one after another.</summary>
internal sealed class ReplayContext(InMemoryInstance instance, Func<string, string, Task<string?>> run, Action<string, bool> crash) : TaskOrchestrationContext
{
    private const int MaxAttempts = 3;

    private readonly TaskCompletionSource<object?> _changed = new();
    private int _next;

    public string? NextInput { get; private set; }

    public override TaskName Name => instance.Name;

    public override string InstanceId => instance.Id;

    public override ParentOrchestrationInstance? Parent => null;

    public override DateTime CurrentUtcDateTime => DateTime.UnixEpoch;

    public override bool IsReplaying => _next < instance.History.Count;

    protected override ILoggerFactory LoggerFactory => NullLoggerFactory.Instance;

    public override T? GetInput<T>()
        where T : default => JsonSerializer.Deserialize<T>(instance.Input);

    public override async Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
    {
        var json = JsonSerializer.Serialize(input);
        var slot = _next++;
        if (slot == instance.History.Count) instance.History.Add(null);
        var recorded = instance.History[slot] ??= await RunAsync(name, json, options is null ? 1 : MaxAttempts);
        Assert.Equal((string)name, recorded.Name);
        Assert.Equal(json, recorded.Input);
        if (instance.IsSignalled) _changed.TrySetResult(null);
        if (recorded.Failure is { } failure) throw new TaskFailedException(name, slot, TaskFailureDetails.FromException(failure));
        return JsonSerializer.Deserialize<TResult>(recorded.Output!)!;
    }

    public override async Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        await _changed.Task;
        return default!;
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) => NextInput = JsonSerializer.Serialize(newInput);

    // It has fired: waiting is no part of what is replayed.
    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken) => Task.CompletedTask;

    public override void SendEvent(string instanceId, string eventName, object payload) => throw new NotSupportedException();

    public override void SetCustomStatus(object? customStatus) => throw new NotSupportedException();

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null) => throw new NotSupportedException();

    public override Guid NewGuid() => throw new NotSupportedException();

    private async Task<RecordedActivity> RunAsync(string name, string input, int attempts)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                crash(name, false);
                var output = await run(name, input);
                crash(name, true);
                return new RecordedActivity(name, input, output, null);
            }
            catch (Exception failure) when (failure is not HostKilledException)
            {
                if (attempt == attempts) return new RecordedActivity(name, input, null, failure);
            }
        }
    }
}
