using System.Collections.Concurrent;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Local.Durable;
using Serverless.Local.Durable.Storage;

namespace Local.Tests.Durable;

/// <summary>An engine on a file of its own, with a manual clock, that can be stopped and started again.</summary>
public sealed class EngineFixture : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("durable-").FullName;
    private readonly ILoggerFactory _loggers;
    private DurableEngine? _engine;

    public EngineFixture(ILoggerFactory? loggers = null) => _loggers = loggers ?? NullLoggerFactory.Instance;

    public ManualTimeProvider Clock { get; } = new();

    public DurableRegistry Registry { get; private set; } = new();

    public DurableTaskClient Client => Engine.Client;

    /// <summary>What activities noted, in order.</summary>
    public ConcurrentQueue<string> Notes { get; } = new();

    internal DurableEngine Engine => _engine ?? throw new InvalidOperationException("start it first");

    public string DatabasePath => Path.Combine(_folder, "durable.db");

    public EngineFixture Orchestrator(string name, Func<TaskOrchestrationContext, Task<object?>> run)
    {
        Registry.AddOrchestrator(name, run);
        return this;
    }

    public EngineFixture Activity<TIn>(string name, Func<TIn, object?> run)
    {
        Registry.AddActivity(name, (call, _) => Task.FromResult(run(call.ReadInput<TIn>()!)));
        return this;
    }

    /// <summary>Adds an activity "Note" that keeps its text and returns it in upper case.</summary>
    public EngineFixture Noting() => Activity<string>("Note", text =>
    {
        Notes.Enqueue(text);
        return text.ToUpperInvariant();
    });

    public async Task<EngineFixture> StartAsync(int activities = 8)
    {
        _engine = new(new() { DatabasePath = DatabasePath, MaxConcurrentActivities = activities }, Registry, Clock, _loggers);
        await _engine.StartAsync(CancellationToken.None);
        return this;
    }

    /// <summary>Stops the engine; what is registered next is what the next start finds.</summary>
    public async Task StopAsync(bool keepRegistry = true)
    {
        await Engine.StopAsync(new CancellationTokenSource(Patience).Token);
        if (!keepRegistry) Registry = new();
    }

    public Task<string> Begin(string orchestrator, object? input = null, string? id = null) =>
        Client.ScheduleNewOrchestrationInstanceAsync(orchestrator, input, id is null ? null : new(id));

    public async Task<OrchestrationMetadata> Run(string orchestrator, object? input = null, string? id = null) =>
        await End(await Begin(orchestrator, input, id));

    /// <summary>Waits for the end, with payloads.</summary>
    public Task<OrchestrationMetadata> End(string id) => Client.WaitForInstanceCompletionAsync(id, true).WaitAsync(Patience);

    public async Task<OrchestrationMetadata> Until(string id, Func<OrchestrationMetadata, bool> enough)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (true)
        {
            if (await Client.GetInstanceAsync(id, true) is { } found && enough(found)) return found;
            Assert.True(DateTime.UtcNow < deadline, $"instance {id} did not get there");
            await Task.Delay(5);
        }
    }

    /// <summary>Waits until the engine waits for a timer that is due at <paramref name="due"/>.</summary>
    public async Task UntilTimer(TimeSpan fromNow)
    {
        var due = Clock.GetUtcNow() + fromNow;
        var deadline = DateTime.UtcNow + Patience;
        while (Clock.NextTimer != due)
        {
            Assert.True(DateTime.UtcNow < deadline, $"no timer due at {due:O}, next is {Clock.NextTimer:O}");
            await Task.Delay(5);
        }
    }

    internal List<HistoryEvent> History(string id) => Engine.Store.Read(sql => HistoryTable.Read(sql, id));

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null) await _engine.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
