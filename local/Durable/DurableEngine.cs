using Microsoft.DurableTask.Client;

namespace Serverless.Local.Durable;

/// <summary>Runs orchestrations and activities and keeps their state in one SQLite file.</summary>
public sealed class DurableEngine : IAsyncDisposable
{
    private readonly DurableOptions _options;
    private readonly DurableRegistry _registry;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;

    public DurableEngine(DurableOptions options, DurableRegistry registry, TimeProvider time, ILoggerFactory loggers)
    {
        _options = options;
        _registry = registry;
        _time = time;
        _loggers = loggers;
    }

    /// <summary>Starts, signals, reads and ends orchestrations.</summary>
    public DurableTaskClient Client => throw new NotSupportedException($"The durable engine of {_options.DatabasePath} does not run yet.");

    /// <summary>Opens the file and takes up whatever was under way.</summary>
    public Task StartAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException($"The durable engine does not run yet ({_registry}, {_time}, {_loggers}).");

    /// <summary>Takes up no more work and waits for running activities until <paramref name="cancellationToken"/> says otherwise; nothing is lost either way.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
