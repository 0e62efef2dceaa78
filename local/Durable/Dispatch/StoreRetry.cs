using Serverless.Local.Durable.Storage;

namespace Serverless.Local.Durable.Dispatch;

/// <summary>Outlasts a store that fails for a while (a full disk, say): work is neither lost nor spun on.</summary>
internal sealed class StoreRetry(TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    /// <summary>Runs <paramref name="work"/> until it succeeds, the engine stops or <paramref name="stopping"/> says so.</summary>
    /// <exception cref="EngineStoppedException">The engine has stopped.</exception>
    public async Task RunAsync(Func<Task> work, CancellationToken stopping)
    {
        for (var delay = FirstDelay; ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            try
            {
                await work().ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is not EngineStoppedException and not EngineKilledException and not OperationCanceledException)
            {
                DurableLog.StoreFailed(logger, e.GetType().Name, delay);
            }

            await Task.Delay(delay, time, stopping).ConfigureAwait(false);
        }
    }
}
