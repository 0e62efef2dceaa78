using Serverless.GpuWorker.Api;

namespace Serverless.GpuWorker.Hosting;

/// <summary>Loads the checkpoints that the settings name.</summary>
internal sealed class CheckpointLoader(WorkerOptions options) : IModelLoader
{
    public ServedModels Load(CancellationToken cancellationToken) => throw new NotSupportedException(options.ToString());
}
