using Serverless.GpuWorker.Api;

namespace Serverless.GpuWorker.Hosting;

/// <summary>Loads what the worker serves.</summary>
public interface IModelLoader
{
    /// <summary>Takes seconds to minutes, on the calling thread.</summary>
    ServedModels Load(CancellationToken cancellationToken);

    /// <summary>Makes the models quick before the first request; whatever comes of it, they are then served.</summary>
    /// <param name="services">The application's.</param>
    Task WarmUpAsync(ServedModels models, IServiceProvider services, CancellationToken cancellationToken) => Task.CompletedTask;
}
