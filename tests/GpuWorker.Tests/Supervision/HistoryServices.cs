using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Supervision.Child;
using Serverless.GpuWorker.Supervision.Wire;
using Serverless.GpuWorker.Tests.Execution;

namespace Serverless.GpuWorker.Tests.Supervision;

/// <summary>Real engines over the <see cref="HistoryModel"/>.</summary>
/// <param name="prepare">Called with each model before it serves.</param>
/// <param name="maxQueued">In place of the options' MaxQueuedRequests.</param>
internal sealed class HistoryServices(Action<HistoryModel>? prepare = null, int? maxQueued = null) : IChildServices
{
    public const int ContextLength = 160;

    private const int Blocks = 400;
    private const int BlockSize = 4;

    public IChildService Load(ChildModel model, Outbox outbox)
    {
        var history = new HistoryModel(Blocks, BlockSize, ContextLength);
        prepare?.Invoke(history);
        var engine = new LlmEngine(history, model.Llm! with { MaxQueuedRequests = maxQueued ?? model.Llm.MaxQueuedRequests }, Blocks, [], TimeProvider.System, NullLogger<LlmEngine>.Instance);
        return new LlmService(engine, new LoadedModel { ContextLength = engine.ContextLength }, outbox, TimeProvider.System);
    }
}
