using Serverless.GpuWorker.Api;

namespace Serverless.GpuWorker.Hosting;

/// <summary>Loads what the worker serves.</summary>
public interface IModelLoader
{
    /// <summary>Takes seconds to minutes, on the calling thread.</summary>
    ServedModels Load(CancellationToken cancellationToken);
}
