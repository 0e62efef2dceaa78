using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Supervision;

/// <summary>
/// Keeps one child alive: starts it, tells it what to load, and starts it again, later and later, when it dies. A model that cannot be loaded the first time, and crashes that come
/// too fast, end that.
/// </summary>
internal sealed class ChildSupervisor : IAsyncDisposable
{
    private readonly int _number;
    private readonly string _name;
    private readonly ChildModel _model;
    private readonly IChildLauncher _launcher;
    private readonly IChildOwner _owner;
    private readonly SupervisionOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CrashWindow _crashes;
    private readonly BackOff _backOff;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _firstReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Relay _relay;
    private Task _supervision = Task.CompletedTask;
    private volatile ChildConnection? _current;
    private long _restarts;

    /// <param name="number">Which of the owner's children it is.</param>
    /// <param name="name">What logs call it.</param>
    /// <param name="jitter">Spreads the pauses; seeded, in tests.</param>
    public ChildSupervisor(
        int number, string name, ChildModel model, IChildLauncher launcher, IChildOwner owner, SupervisionOptions options, TimeProvider time, ILogger logger, Random? jitter = null)
    {
        (_number, _name, _model, _launcher, _owner, _options, _time, _logger) = (number, name, model, launcher, owner, options, time, logger);
        _crashes = new CrashWindow(options.CrashWindow);
        _backOff = new BackOff(options.FirstPause, options.LongestPause, jitter ?? new Random());
        _relay = new Relay(this);
    }

    /// <summary>Completes when the child is ready for the first time.</summary>
    /// <exception cref="ChildFailedException">The model cannot be loaded, or the child crashed too often before it was ready.</exception>
    public Task FirstReady => _firstReady.Task;

    /// <summary>Null while no process runs.</summary>
    public int? ProcessId => _current?.ProcessId;

    /// <summary>How often the child has been started again.</summary>
    public long Restarts => Interlocked.Read(ref _restarts);

    public void Start() => _supervision = Task.Run(SuperviseAsync);

    /// <summary>Lets the child finish what it has within <see cref="SupervisionOptions.StopGrace"/>, then ends it. It is not started again.</summary>
    public async Task StopAsync()
    {
        if (!_stop.IsCancellationRequested) await _stop.CancelAsync();
        if (_current is { } current)
        {
            current.Drain();
            try
            {
                await _supervision.WaitAsync(_options.StopGrace, _time);
            }
            catch (TimeoutException)
            {
                current.Kill("it does not end");
            }
        }

        await _supervision;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task SuperviseAsync()
    {
        while (true)
        {
            var outcome = await LiveAsync();
            if (_stop.IsCancellationRequested || (outcome.LoadFailure is not null && !_firstReady.Task.IsCompleted))
            {
                End(outcome);
                return;
            }

            var crashes = _crashes.Add(outcome.ReadyFor);
            if (crashes >= _options.MaxCrashes)
            {
                SupervisionLog.GivenUp(_logger, _name, outcome.Reason, outcome.LastLine, crashes, _options.CrashWindow.TotalSeconds);
                End(outcome);
                return;
            }

            var pause = _backOff.After(crashes);
            SupervisionLog.Restarting(_logger, _name, outcome.Reason, outcome.ReadyFor.TotalSeconds, outcome.LastLine, pause.TotalMilliseconds);
            await Task.Delay(pause, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Interlocked.Increment(ref _restarts);
        }
    }

    private void End(ChildOutcome outcome)
    {
        _owner.GivenUp(_number);
        if (_stop.IsCancellationRequested) _firstReady.TrySetCanceled();
        else if (outcome.LoadFailure is { } failure) _firstReady.TrySetException(new ChildFailedException($"{failure.Type}: {failure.Message}"));
        else _firstReady.TrySetException(new ChildFailedException($"{_name} {outcome.Reason} (its last line: {outcome.LastLine})"));
    }

    private async Task<ChildOutcome> LiveAsync()
    {
        if (_stop.IsCancellationRequested) return new ChildOutcome("was stopped", TimeSpan.Zero, "none", null);
        IChild child;
        try
        {
            child = _launcher.Start();
        }
        catch (IOException e)
        {
            return new ChildOutcome($"cannot be started ({e.Message})", TimeSpan.Zero, "none", null);
        }

        SupervisionLog.Started(_logger, _name, child.ProcessId);
        using var connection = new ChildConnection(_number, _name, child, _relay, _options, _time, _logger);
        _current = connection;
        // A stop that came between the check above and this line has found nobody to tell.
        if (_stop.IsCancellationRequested) connection.Kill("the worker ends");
        try
        {
            return await connection.LiveAsync(_model);
        }
        finally
        {
            _current = null;
            _relay.EndLife();
        }
    }

    /// <summary>Hands the child's news on, and sees that a life that was ready is lost exactly once.</summary>
    private sealed class Relay(ChildSupervisor supervisor) : IChildOwner
    {
        private bool _isReady;

        public void Ready(int child, ChildConnection connection, LoadedModel model)
        {
            _isReady = true;
            supervisor._owner.Ready(child, connection, model);
            supervisor._firstReady.TrySetResult();
        }

        public void Receive(int child, ref FrameReader frame) => supervisor._owner.Receive(child, ref frame);

        public void Lost(int child) => supervisor._owner.Lost(child);

        public void GivenUp(int child) => supervisor._owner.GivenUp(child);

        public void EndLife()
        {
            if (_isReady) Lost(supervisor._number);
            _isReady = false;
        }
    }
}
