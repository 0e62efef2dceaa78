using Serverless.GpuWorker.Api;

namespace Serverless.GpuWorker.Hosting;

/// <summary>Loads the models while the worker already listens, and lets them go when it no longer does.</summary>
internal sealed class ModelLifetime(IModelLoader loader, ServingState state, IHostApplicationLifetime lifetime, IServiceProvider services, TimeProvider time, ILogger<ModelLifetime> logger) : IHostedLifecycleService
{
    /// <summary>Only now: a failure stops the process, which a server that is just being bound takes for a crash.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _ = Task.Factory.StartNew(Load, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return Task.CompletedTask;
    }

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        foreach (var model in (object?[])[state.Models?.Llm?.Engine, .. state.Models?.Encoders ?? []])
        {
            if (model is IAsyncDisposable asynchronous) await asynchronous.DisposeAsync();
            else (model as IDisposable)?.Dispose();
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Load()
    {
        try
        {
            var started = time.GetTimestamp();
            var models = loader.Load(lifetime.ApplicationStopping);
            loader.WarmUpAsync(models, services, lifetime.ApplicationStopping).GetAwaiter().GetResult();
            state.Serve(models);
            HostingLog.Serving(logger, string.Join(", ", models.Names), time.GetElapsedTime(started).TotalSeconds);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The worker is told to stop before it has begun.
        }
        catch (Exception e)
        {
            HostingLog.LoadFailed(logger, e.GetType().Name, e.Message);
            state.Fail();
            lifetime.StopApplication();
        }
    }
}
