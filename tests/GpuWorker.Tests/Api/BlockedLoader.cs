using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Hosting;

namespace Serverless.GpuWorker.Tests.Api;

/// <summary>Loads until it is cancelled or disposed of, then throws what it is told to.</summary>
internal sealed class BlockedLoader : IModelLoader, IDisposable
{
    private readonly ManualResetEventSlim _gate = new();
    private Exception _failure = new OperationCanceledException();

    public ServedModels Load(CancellationToken cancellationToken)
    {
        _gate.Wait(cancellationToken);
        throw _failure;
    }

    public void Fail(Exception failure)
    {
        _failure = failure;
        _gate.Set();
    }

    public void Dispose() => _gate.Set();
}
