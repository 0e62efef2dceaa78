using System.Threading.Channels;
using Serverless.Local.Durable.Storage;

namespace Serverless.Local.Durable.Dispatch;

/// <summary>Runs activities, several at once. A call's row stays until its result is stored, so a crash makes it run again.</summary>
internal sealed class ActivityDispatcher(DurableStore store, DurableRegistry registry, int concurrency, TimeProvider time, ILogger logger) : IDisposable
{
    private readonly Channel<ActivityRow> _ready = Channel.CreateUnbounded<ActivityRow>();
    private readonly CancellationTokenSource _noMore = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly StoreRetry _retry = new(time, logger);
    private Task _workers = Task.CompletedTask;
    private int _running;

    /// <summary>Activities under way.</summary>
    public int Running => Volatile.Read(ref _running);

    public void Start() => _workers = Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => Task.Run(WorkAsync)));

    public void Enqueue(ActivityRow row) => _ready.Writer.TryWrite(row);

    /// <summary>
    /// Starts no further activity and waits for those under way; when <paramref name="patience"/> ends they are asked to stop and are
    /// left behind. Those run again at the next start.
    /// </summary>
    public async Task StopAsync(CancellationToken patience)
    {
        await _noMore.CancelAsync().ConfigureAwait(false);
        _ready.Writer.TryComplete();
        try
        {
            await _workers.WaitAsync(patience).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await _abort.CancelAsync().ConfigureAwait(false);
        }
    }

    // Activities that were left behind may still look at the token: it is cancelled, not disposed.
    public void Dispose() => _noMore.Dispose();

    private async Task WorkAsync()
    {
        try
        {
            await foreach (var row in _ready.Reader.ReadAllAsync(_noMore.Token).ConfigureAwait(false))
            {
                _noMore.Token.ThrowIfCancellationRequested();
                Interlocked.Increment(ref _running);
                try
                {
                    await RunAsync(row).ConfigureAwait(false);
                }
                finally
                {
                    Interlocked.Decrement(ref _running);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or EngineStoppedException or EngineKilledException)
        {
            // The rows stay for the next start.
        }
    }

    private async Task RunAsync(ActivityRow row)
    {
        store.FaultPoint?.Invoke("activity begins");
        var (kind, data) = await CallAsync(row).ConfigureAwait(false);
        store.FaultPoint?.Invoke("activity ended");
        await _retry.RunAsync(() => store.WriteAsync(unit => ActivityCompletion.Apply(unit, row, kind, data)), _abort.Token).ConfigureAwait(false);
    }

    private async Task<(HistoryKind Kind, string? Data)> CallAsync(ActivityRow row)
    {
        if (registry.FindActivity(row.Name) is not { } run)
        {
            return (HistoryKind.ActivityFailed, StoredFailure.Of("ActivityTaskNotFound", $"There is no activity named '{row.Name}'.", final: true).Write());
        }

        try
        {
            var output = await run(new(row.Name, row.InstanceId, row.Input), _abort.Token).ConfigureAwait(false);
            return (HistoryKind.ActivityCompleted, DurableJson.Write(output));
        }
        catch (Exception e) when (!_abort.IsCancellationRequested && e is not EngineKilledException)
        {
            DurableLog.ActivityFailed(logger, row.Name, row.TaskId, row.InstanceId, e.GetType().Name);
            return (HistoryKind.ActivityFailed, StoredFailure.From(e).Write());
        }
        catch (Exception e) when (e is not EngineKilledException)
        {
            throw new OperationCanceledException("The engine stops.", e);
        }
    }
}
