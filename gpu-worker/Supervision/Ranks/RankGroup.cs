using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Execution.Cuda.Ranks;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Supervision.Ranks;

/// <summary>
/// A Llama whose ranks are processes, a device each: rank 0 is this process's, the others are its children. Every step goes to all of them in one order and is answered by rank 0's logits alone;
/// that the others keep up is in the sums that no rank gets past without the rest. A rank that fails ends the group at once and for good: the step under way is aborted and the other
/// processes are killed, whatever they wait for. Not thread-safe.
/// </summary>
internal sealed class RankGroup : IStepModel
{
    /// <summary>
    /// The longest that joining, or one step, may take. The longest step there can be, 65,536 tokens through 70B on eight A100, has 9 x 10^15 operations, ten seconds at 40 % of their peak, and a group's
    /// first step sets connections up; and it is less than <see cref="SupervisionOptions.StallAfter"/>, whose kill would leave no reason.
    /// </summary>
    public static readonly TimeSpan StepTimeout = TimeSpan.FromSeconds(60);

    /// <summary>How much longer than rank 0 the others may take to read weights, and to take them to their devices: theirs are as large, from the same disk.</summary>
    internal static readonly TimeSpan LoadPatience = TimeSpan.FromMinutes(10);

    /// <summary>How long ranks may take to end in order: less than the engine's own grace.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private readonly int _ranks;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly List<RankLink> _others = [];
    private readonly FrameWriter _frame = new();
    private readonly TaskCompletionSource<string> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IRank? _own;
    private string? _end;

    private RankGroup(int ranks, TimeProvider time, ILogger logger) => (_ranks, _time, _logger) = (ranks, time, logger);

    /// <summary>Completes when the group has failed. It does not when it is disposed of.</summary>
    public Task<string> Failure => _failed.Task;

    public int VocabularySize => Own.VocabularySize;

    public int ContextLength => Own.ContextLength;

    public int BlockSize => Own.BlockSize;

    public int TableWidth => Own.TableWidth;

    public int MaxRows => Own.MaxRows;

    public int Candidates => Own.Candidates;

    public DeviceMemory? Memory => Own.Memory;

    /// <summary>Of the other ranks' processes.</summary>
    internal IReadOnlyList<int> ProcessIds => [.. _others.Select(link => link.ProcessId)];

    private IRank Own => _own ?? throw new InvalidOperationException("The group has not joined.");

    /// <summary>Starts the other ranks' processes, and completes when every rank has read its weights, joined, and taken them to its device.</summary>
    /// <param name="model">Rank 0's.</param>
    /// <param name="loader">Makes rank 0; the others have their own.</param>
    /// <exception cref="RankGroupFailedException">A rank could not be started; the message names it and says why.</exception>
    /// <exception cref="CudaUnavailableException">Rank 0 could not, for want of something.</exception>
    /// <exception cref="CheckpointException">The folder does not hold a Llama that can be run so.</exception>
    public static async Task<RankGroup> StartAsync(RankModel model, IRankLoader loader, IChildLauncher launcher, TimeProvider time, ILogger logger)
    {
        var group = new RankGroup(model.Assignment.Ranks, time, logger);
        try
        {
            for (var rank = 1; rank < model.Assignment.Ranks; rank++) group.Launch(rank, launcher);
            foreach (var link in group._others) group.Begin(link, model.Of(link.Rank));
            await group.LoadAsync(model, loader);
            return group;
        }
        catch
        {
            group.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> Run(scoped StepInputs step, Action? meanwhile = null) => RunRows(step with { InverseTemperatures = [] }, meanwhile).Logits;

    /// <inheritdoc/>
    public StepRows RunRows(scoped StepInputs step, Action? meanwhile = null)
    {
        Begin(step);
        return End(meanwhile);
    }

    /// <inheritdoc/>
    public bool CanRunAhead => Own.CanRunAhead;

    /// <inheritdoc/>
    public void Begin(scoped StepInputs step)
    {
        if (Volatile.Read(ref _end) is { } reason) throw new RankGroupFailedException(reason);
        _frame.Clear();
        StepFrame.Write(_frame, step);
        foreach (var link in _others) link.Step(_frame.Written);
        try
        {
            Own.Begin(step);
        }
        catch (Exception e)
        {
            throw Failed(e);
        }
    }

    /// <inheritdoc/>
    public StepRows End(Action? meanwhile = null)
    {
        try
        {
            return Own.End(meanwhile);
        }
        catch (Exception e)
        {
            throw Failed(e);
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> ReadLogits(scoped ReadOnlySpan<int> rows) => Own.ReadLogits(rows);

    /// <summary>Lets the other ranks end in order; those of a group that failed are killed, and its own rank is left to the process's end, since its device may not answer.</summary>
    public void Dispose()
    {
        var isSound = Interlocked.CompareExchange(ref _end, "The model is being closed.", null) is null;
        if (isSound)
        {
            foreach (var link in _others) link.Drain();
            _own?.Dispose();
            WaitForExits(StopPatience);
        }

        foreach (var link in _others) link.Kill();
        WaitForExits(StopPatience);
        foreach (var link in _others) link.Dispose();
    }

    private void Launch(int rank, IChildLauncher launcher)
    {
        try
        {
            _others.Add(new RankLink(rank, _ranks, launcher.Start(), _time, _logger));
        }
        catch (IOException e)
        {
            throw new RankGroupFailedException($"Rank {rank} of {_ranks} cannot be started: {e.Message}", e);
        }
    }

    private void Begin(RankLink link, RankModel model)
    {
        _ = link.Failed.ContinueWith(failure => Fail(failure.Result), TaskScheduler.Default);
        link.Load(model);
    }

    private async Task LoadAsync(RankModel model, IRankLoader loader)
    {
        var prepared = await OrFailureAsync(() => loader.Prepare(model));
        try
        {
            await OthersAsync(link => link.Prepared, "read its weights");
        }
        catch
        {
            prepared.Dispose();
            throw;
        }

        foreach (var link in _others) link.Join();
        // The weights are let go of on the thread that joins: where this one gives up waiting, it may be in the middle of them.
        _own = await OrFailureAsync(() =>
        {
            using (prepared) return prepared.Join();
        });
        await OthersAsync(link => link.Joined, "taken its weights to its device");
    }

    /// <summary>Does a part of rank 0's on a thread of its own; a rank that fails meanwhile ends the wait.</summary>
    private async Task<T> OrFailureAsync<T>(Func<T> work)
        where T : IDisposable
    {
        var task = Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Task.WhenAny(task, _failed.Task);
        // The others say what the operator can do about it.
        if (!_failed.Task.IsCompleted && task.Exception?.InnerException is { } e and not (CudaUnavailableException or CheckpointException))
            throw e is RankGroupFailedException ? Failed(e) : new RankGroupFailedException($"Rank 0 of {_ranks} cannot start: {e.GetType().Name}: {e.Message}", e);

        if (!_failed.Task.IsCompleted) return await task;
        _ = task.ContinueWith(late => late.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        throw new RankGroupFailedException(await _failed.Task);
    }

    private async Task OthersAsync(Func<RankLink, Task> part, string what)
    {
        using var done = new CancellationTokenSource();
        var patience = Task.Delay(LoadPatience, _time, done.Token);
        await Task.WhenAny(Task.WhenAll(_others.Select(part)), _failed.Task, patience);
        await done.CancelAsync();
        if (_failed.Task.IsCompleted) throw new RankGroupFailedException(await _failed.Task);
        if (_others.Find(link => !part(link).IsCompleted) is { } late)
            throw new RankGroupFailedException($"Rank {late.Rank} of {_ranks} has not {what} within {LoadPatience.TotalSeconds:0} s after rank 0.");
    }

    /// <summary>The first failure ends the group; from any thread.</summary>
    private void Fail(string reason)
    {
        if (Interlocked.CompareExchange(ref _end, reason, null) is not null) return;
        foreach (var link in _others) link.Kill();
        _own?.Abort(reason);
        _failed.TrySetResult(reason);
    }

    /// <summary>Rank 0 has failed, by itself or because another one did. NCCL may find that out before the other's word or end is here: which it was is worth a moment.</summary>
    private RankGroupFailedException Failed(Exception cause)
    {
        Task.WhenAny(_failed.Task, Task.Delay(Moment, _time)).Wait();
        Fail(cause is RankGroupFailedException ? cause.Message : $"Rank 0 of {_ranks} failed in a step: {cause.GetType().Name}.");
        return new RankGroupFailedException(Volatile.Read(ref _end)!, cause);
    }

    private void WaitForExits(TimeSpan patience) => Task.WhenAny(Task.WhenAll(_others.Select(link => link.Exited)), Task.Delay(patience, _time)).Wait();
}
