using Newtonsoft.Json.Linq;

namespace Serverless.FunctionsHost.Worker;

/// <summary>Keeps one worker running: a worker that ends is started again at once, and invocations wait for it meanwhile.</summary>
internal sealed class WorkerSupervisor : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly string _appDirectory;
    private readonly string _assembly;
    private readonly Uri _protocol;
    private readonly WorkerStreams _streams;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<WorkerChannel> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource<WorkerChannel> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _supervision = Task.CompletedTask;

    /// <param name="appDirectory">The built app.</param>
    /// <param name="protocol">Where the FunctionRpc service listens.</param>
    /// <param name="streams">Where the worker's stream arrives.</param>
    /// <param name="time">The clock of pauses.</param>
    /// <param name="loggers">For the worker's own lines, too.</param>
    /// <exception cref="HostException">worker.config.json names no assembly.</exception>
    public WorkerSupervisor(string appDirectory, Uri protocol, WorkerStreams streams, TimeProvider time, ILoggerFactory loggers)
    {
        (_appDirectory, _protocol, _streams, _time, _loggers) = (appDirectory, protocol, streams, time, loggers);
        _logger = loggers.CreateLogger<WorkerSupervisor>();
        var description = JObject.Parse(File.ReadAllText(Path.Combine(appDirectory, "worker.config.json")));
        _assembly = (string?)description.SelectToken("description.defaultWorkerPath") ?? throw new HostException($"{appDirectory}/worker.config.json has no description.defaultWorkerPath.");
    }

    /// <summary>The process id of the present worker; null while none runs.</summary>
    public int? ProcessId { get; private set; }

    /// <summary>Starts the worker and waits until it is ready for the first time.</summary>
    /// <exception cref="HostException">It does not become ready; with its reason.</exception>
    public async Task<WorkerChannel> StartAsync(CancellationToken cancellationToken)
    {
        _supervision = Task.Run(SuperviseAsync, CancellationToken.None);
        return await _first.Task.WaitAsync(cancellationToken);
    }

    /// <summary>The present worker, as soon as one is ready.</summary>
    /// <exception cref="OperationCanceledException">The caller went away, or the host ends.</exception>
    public async ValueTask<WorkerChannel> GetAsync(CancellationToken cancellationToken) =>
        _ready.Task is { IsCompletedSuccessfully: true } ready ? ready.Result : await _ready.Task.WaitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _supervision;
        _stop.Dispose();
    }

    private async Task SuperviseAsync()
    {
        for (var failures = 0; !_stop.IsCancellationRequested;)
        {
            var wasReady = await RunOnceAsync();
            if (_stop.IsCancellationRequested) break;
            failures = wasReady ? 0 : failures + 1;
            if (failures == 0) continue;
            var pause = TimeSpan.FromMilliseconds(250) * Math.Pow(2, Math.Min(failures - 1, 10));
            await Task.Delay(pause < LongestPause ? pause : LongestPause, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _ready.TrySetCanceled();
        _first.TrySetCanceled();
    }

    /// <summary>One life of the worker; whether it became ready.</summary>
    private async Task<bool> RunOnceAsync()
    {
        var lastLine = string.Empty;
        var channel = _streams.Expect();
        using var process = WorkerProcess.Start(_appDirectory, _assembly, _protocol, channel.WorkerId, line =>
        {
            lastLine = line;
            _logger.WorkerOutput(line);
        });
        ProcessId = process.Id;
        var ending = EndWithProcessAsync(process, channel);
        var ready = false;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            limit.CancelAfter(StartLimit);
            await channel.LoadAsync(_appDirectory, limit.Token);
            ready = true;
            _logger.WorkerReady(process.Id, channel.Functions.Count);
            _ready.TrySetResult(channel);
            _first.TrySetResult(channel);
            await ending.WaitAsync(_stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception e) when (e is OperationCanceledException or HostException)
        {
            var reason = e is HostException ? e.Message : lastLine.Length > 0 ? lastLine : "it did not connect";
            _first.TrySetException(new HostException($"The worker is not ready: {reason}"));
        }

        if (!ending.IsCompleted)
        {
            channel.Terminate(StopGrace);
            await process.EndAsync(StopGrace);
        }

        await ending;
        ProcessId = null;
        _streams.Forget(channel);
        if (!_stop.IsCancellationRequested) _logger.WorkerExited(process.ExitCode);
        return ready;
    }

    private async Task EndWithProcessAsync(WorkerProcess process, WorkerChannel channel)
    {
        await process.Exited;

        // First, so that whoever is told of the end and asks again waits for the next worker.
        if (_ready.Task.IsCompletedSuccessfully) _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        channel.End();
    }
}
