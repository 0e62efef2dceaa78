using Serverless.GpuWorker.Api;

namespace Serverless.GpuWorker.Hosting;

/// <summary>Before the worker stops listening: nothing new is taken, readiness is false, and what is in flight gets its time to finish.</summary>
internal sealed class DrainService(ServingState state, WorkerOptions options, TimeProvider time, ILogger<DrainService> logger) : IHostedLifecycleService
{
    /// <summary>How long requests may take to notice that they are given up.</summary>
    private static readonly TimeSpan Notice = TimeSpan.FromSeconds(5);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        state.Drain();
        if (state.InFlight == 0) return;
        // A dead engine finishes nothing.
        var patience = state.Phase == ServingPhase.Failed ? TimeSpan.Zero : TimeSpan.FromSeconds(options.DrainSeconds);
        HostingLog.Draining(logger, state.InFlight, patience.TotalSeconds);
        if (await IdleWithinAsync(patience, state.HardStop)) return;
        if (!state.HardStop.IsCancellationRequested) HostingLog.DrainOver(logger, state.InFlight);
        await state.GiveUpAsync();
        await IdleWithinAsync(Notice, CancellationToken.None);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<bool> IdleWithinAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            await state.WhenIdleAsync().WaitAsync(patience, time, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }
}
