using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Processes;

/// <summary>
/// Keeps one child process running. The child's standard input is a pipe that stays open as long as this process lives: a child that ends
/// on end-of-file dies with its parent, even when the parent is killed.
/// </summary>
public sealed class SupervisedProcess : IAsyncDisposable
{
    /// <summary>Tells our own children to watch their standard input.</summary>
    public const string ExitWithParentVariable = "SERVERLESS_EXIT_WITH_PARENT";

    /// <summary>How long the last lines of a child that has ended are waited for: a grandchild may hold the pipes open.</summary>
    private static readonly TimeSpan OutputGrace = TimeSpan.FromSeconds(1);

    private readonly ProcessSpec _spec;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly OutputRing _output;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _firstReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _supervision;
    private int _state = (int)ProcessState.Starting;
    private volatile Process? _current;
    private volatile string? _lastError;

    private SupervisedProcess(ProcessSpec spec, TimeProvider time, ILogger logger)
    {
        (_spec, _time, _logger, _output) = (spec, time, logger, new OutputRing(spec.OutputLines));
        _supervision = Task.Run(SuperviseAsync);
    }

    /// <summary>Raised after every change of state, on a pool thread.</summary>
    public event Action<ProcessState>? StateChanged;

    public ProcessState State => (ProcessState)Volatile.Read(ref _state);

    /// <summary>The child's process id; null while none runs.</summary>
    public int? ProcessId => _current?.Id;

    /// <summary>Of the child's last life that has ended; null: none has.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>How often the child was started again.</summary>
    public int Restarts { get; private set; }

    /// <summary>The last lines of the child's latest life on standard output and standard error.</summary>
    public IReadOnlyList<string> Output => _output.Snapshot();

    /// <summary>Starts the child and waits until it is ready for the first time.</summary>
    /// <exception cref="ProcessFailedException">It cannot be started, or crashed too often before it was ready.</exception>
    public static async Task<SupervisedProcess> StartAsync(ProcessSpec spec, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var supervised = new SupervisedProcess(spec, time, logger);
        try
        {
            await supervised._firstReady.Task.WaitAsync(cancellationToken);
            return supervised;
        }
        catch
        {
            await supervised.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the child: SIGTERM, then SIGKILL after the grace. It is not started again.</summary>
    public async Task StopAsync()
    {
        if (!_stop.IsCancellationRequested) await _stop.CancelAsync();
        await _supervision;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task SuperviseAsync()
    {
        var crashes = 0;
        while (true)
        {
            var (reason, readyFor, isFinal) = await RunOnceAsync();
            if (_stop.IsCancellationRequested)
            {
                Enter(ProcessState.Stopped);
                _firstReady.TrySetCanceled();
                return;
            }

            if (isFinal)
            {
                _logger.Refused(_spec.Name, LastLine());
                _firstReady.TrySetException(new ProcessFailedException($"{_spec.Name}: {LastLine()}", []));
                Enter(ProcessState.Failed);
                return;
            }

            crashes = readyFor >= _spec.StableAfter ? 1 : crashes + 1;
            if (crashes > _spec.MaxCrashesInARow)
            {
                // What a child says before it is ready, its complaint about a setting or a file, holds nothing of a user's.
                _logger.GivenUp(_spec.Name, reason, crashes, readyFor == TimeSpan.Zero ? LastLine() : "no message");
                _firstReady.TrySetException(new ProcessFailedException($"{_spec.Name} {reason}, {crashes} times in a row.", Output));
                Enter(ProcessState.Failed);
                return;
            }

            var pause = BackOff(crashes);
            Enter(ProcessState.BackingOff);
            await Task.Delay(pause, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            // Said after the pause: a Ctrl-C reaches the children as well as us, and their end is then no news.
            if (_stop.IsCancellationRequested) continue;
            Restarts++;
            _logger.Restarting(_spec.Name, reason, (long)pause.TotalMilliseconds);
        }
    }

    // Two pipes are read side by side: what was written to standard output before a complaint may be read after it.
    private string LastLine() => _lastError ?? Output.LastOrDefault(line => !string.IsNullOrWhiteSpace(line)) ?? "no message";

    private TimeSpan BackOff(int crashes)
    {
        var pause = _spec.FirstBackOff * Math.Pow(2, Math.Min(crashes - 1, 20));
        return pause < _spec.LongestBackOff ? pause : _spec.LongestBackOff;
    }

    /// <summary>One life of the child: why it ended, for how long it was ready, and whether another life would end the same.</summary>
    private async Task<(string Reason, TimeSpan ReadyFor, bool IsFinal)> RunOnceAsync()
    {
        if (_stop.IsCancellationRequested) return ("was stopped", TimeSpan.Zero, false);
        Enter(ProcessState.Starting);
        using var process = new Process { StartInfo = StartInfo() };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) =>
        {
            if (!string.IsNullOrWhiteSpace(line.Data)) _lastError = line.Data;
            Keep(line.Data);
        };
        try
        {
            process.Start();
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            return ($"cannot be started ({e.Message})", TimeSpan.Zero, false);
        }

        _current = process;
        _output.Clear();
        _lastError = null;
        try
        {
            _logger.Started(_spec.Name, process.Id);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            return await LiveAsync(process);
        }
        finally
        {
            ExitCode = process.HasExited ? process.ExitCode : null;
            _current = null;
        }
    }

    private async Task<(string Reason, TimeSpan ReadyFor, bool IsFinal)> LiveAsync(Process process)
    {
        var exited = ExitOf(process);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        using var overdue = new CancellationTokenSource(_spec.ReadyTimeout, _time);
        using var giveUp = overdue.Token.Register(waiting.Cancel);
        var ready = _spec.WaitUntilReady(waiting.Token);
        await Task.WhenAny(ready, exited, Canceled(waiting.Token));
        if (!ready.IsCompletedSuccessfully)
        {
            var ended = exited.IsCompleted;
            var reason = ended ? $"exited with code {process.ExitCode} before it was ready"
                : ready.IsFaulted ? $"failed its readiness check ({ready.Exception!.InnerException!.GetType().Name})"
                : $"was not ready after {_spec.ReadyTimeout.TotalSeconds:0.#} s";
            await waiting.CancelAsync();
            await ready.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Termination.EndAsync(process, exited, _spec.StopGrace, _time);
            await process.WaitForExitAsync(CancellationToken.None).WaitAsync(OutputGrace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return (reason, TimeSpan.Zero, ended && process.ExitCode == _spec.NoRestartExitCode);
        }

        var since = _time.GetTimestamp();
        _logger.Ready(_spec.Name);
        Enter(ProcessState.Ready);
        _firstReady.TrySetResult();
        await Task.WhenAny(exited, Canceled(_stop.Token));
        var readyFor = _time.GetElapsedTime(since);
        await Termination.EndAsync(process, exited, _spec.StopGrace, _time);
        return ($"exited with code {process.ExitCode}", readyFor, false);
    }

    /// <summary>Completes when the process has exited. Its output is not waited for: a grandchild may hold the pipes open.</summary>
    private static Task ExitOf(Process process)
    {
        var exited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.Exited += (_, _) => exited.TrySetResult();
        process.EnableRaisingEvents = true;
        if (process.HasExited) exited.TrySetResult();
        return exited.Task;
    }

    private static Task Canceled(CancellationToken token) =>
        Task.Delay(Timeout.InfiniteTimeSpan, token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private void Keep(string? line)
    {
        if (line is null) return;
        _output.Add(line);
        _spec.OnOutput?.Invoke(line);
    }

    private void Enter(ProcessState state)
    {
        if (Interlocked.Exchange(ref _state, (int)state) != (int)state) StateChanged?.Invoke(state);
    }

    private ProcessStartInfo StartInfo()
    {
        var start = new ProcessStartInfo(_spec.FileName, _spec.Arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _spec.WorkingDirectory ?? string.Empty,
        };
        start.Environment[ExitWithParentVariable] = "1";
        foreach (var (name, value) in _spec.Environment) start.Environment[name] = value;
        return start;
    }
}
