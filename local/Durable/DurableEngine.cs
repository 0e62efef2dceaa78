using Microsoft.DurableTask.Client;
using Serverless.Local.Durable.Dispatch;
using Serverless.Local.Durable.Replay;
using Serverless.Local.Durable.Storage;

namespace Serverless.Local.Durable;

/// <summary>
/// Runs orchestrations and activities and keeps their state in one SQLite file. A step of an orchestration (messages used up, history
/// appended, actions enqueued) is one transaction; activities run at least once. Idle, it waits for a signal or the next timer.
/// </summary>
public sealed class DurableEngine : IAsyncDisposable
{
    private readonly DurableOptions _options;
    private readonly DurableRegistry _registry;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly Action<string>? _faultPoint;
    private readonly InstanceWatch _watch = new();
    private DurableStore? _store;
    private OrchestrationDispatcher? _orchestrations;
    private ActivityDispatcher? _activities;
    private TimerDispatcher? _timers;
    private int _stopped;

    /// <exception cref="ArgumentOutOfRangeException">A concurrency below 1.</exception>
    public DurableEngine(DurableOptions options, DurableRegistry registry, TimeProvider time, ILoggerFactory loggers)
        : this(options, registry, time, loggers, null)
    {
    }

    internal DurableEngine(DurableOptions options, DurableRegistry registry, TimeProvider time, ILoggerFactory loggers, Action<string>? faultPoint)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrWhiteSpace(options.DatabasePath);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxConcurrentActivities, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxConcurrentOrchestrations, 1);
        ArgumentNullException.ThrowIfNull(loggers);
        _options = options;
        _registry = registry;
        _time = time;
        _loggers = loggers;
        _logger = loggers.CreateLogger<DurableEngine>();
        _faultPoint = faultPoint;
        Client = new LocalDurableClient(() => Store, _watch, time, _logger);
    }

    /// <summary>Starts, signals, reads and ends orchestrations; of use between start and stop.</summary>
    public DurableTaskClient Client { get; }

    internal DurableStore Store => _store ?? throw new InvalidOperationException("The durable engine has not been started: call StartAsync first.");

    /// <summary>Opens the file and takes up whatever was under way.</summary>
    /// <exception cref="InvalidOperationException">It runs already, or another process uses the file.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_store is not null) throw new InvalidOperationException("The durable engine has been started already.");
        var store = DurableStore.Open(_options.DatabasePath, Committed, _faultPoint);
        _timers = new(store, _time, _logger);
        _activities = new(store, _registry, _options.MaxConcurrentActivities, _time, _logger);
        _orchestrations = new(store, new OrchestrationStep(_registry, _loggers), _options.MaxConcurrentOrchestrations, _time, _logger);

        // Nothing else writes yet: what is read here is all there is.
        var (ready, calls, due) = store.Read(sql => (InboxTable.Instances(sql), ActivityTable.All(sql), TimerTable.Next(sql)));
        foreach (var instanceId in ready) _orchestrations.Wake(instanceId);
        foreach (var call in calls) _activities.Enqueue(call);
        _store = store;
        if (due is { } at) _timers.Expect(at);
        _orchestrations.Start();
        _activities.Start();
        DurableLog.Started(_logger, ready.Count, calls.Count);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Takes up no more work and waits for running activities until <paramref name="cancellationToken"/> is cancelled; those left behind
    /// run again at the next start. State is never lost. Stopping twice does nothing.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_store is not { } store || _timers is null || _orchestrations is null || _activities is null) return;
        if (Interlocked.Exchange(ref _stopped, 1) == 1) return;
        await _timers.DisposeAsync().ConfigureAwait(false);
        var activities = _activities.StopAsync(cancellationToken);
        await _orchestrations.StopAsync().ConfigureAwait(false);
        await activities.ConfigureAwait(false);
        DurableLog.Stopped(_logger, _activities.Running);
        _activities.Dispose();
        _watch.End(new EngineStoppedException());
        await store.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Stops without waiting for running activities.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);

    // On the writer's thread, in the order of the commits.
    private void Committed(UnitOfWork unit)
    {
        foreach (var instanceId in unit.Woken) _orchestrations?.Wake(instanceId);
        foreach (var row in unit.Activities) _activities?.Enqueue(row);
        if (unit.NextDue != long.MaxValue) _timers?.Expect(unit.NextDue);
        foreach (var instanceId in unit.Changed) _watch.Changed(instanceId);
    }
}
