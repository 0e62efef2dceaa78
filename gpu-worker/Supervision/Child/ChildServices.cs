using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Execution.Cuda.Ranks;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Reranking;
using Serverless.GpuWorker.Supervision.Ranks;
using Serverless.GpuWorker.Supervision.Wire;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Supervision.Child;

/// <summary>Loads checkpoints.</summary>
/// <param name="rankLauncher">Starts the processes of ranks on CUDA.</param>
internal sealed class ChildServices(IChildLauncher rankLauncher, TimeProvider time, ILoggerFactory logs) : IChildServices
{
    /// <exception cref="ProtocolException">The model is neither a language model nor an encoder, or both.</exception>
    public IChildService Load(ChildModel model, Outbox outbox)
    {
        if (model is { Llm: { } llm, Encoder: null })
        {
            var engine = LlmEngine.Load(model.HasTokenizer ? llm with { Tokenizer = TokenizerFile.Load(llm.CheckpointPath) } : llm, time, logs, LoadRanks);
            return new LlmService(engine, new LoadedModel { ContextLength = engine.ContextLength }, outbox, time);
        }

        if (model is not { Llm: null, Encoder: { } encoder }) throw new ProtocolException("A frame Load must name a language model or an encoder.");
        var (session, maxTokens) = LoadEncoder(encoder);
        return new EncoderService(session, new LoadedModel { ContextLength = maxTokens, Dimensions = session.Dimensions }, outbox, time);
    }

    private static (IEncoderSession Session, int MaxTokens) LoadEncoder(EncoderOptions options)
    {
        if (options.Reranker == RerankerKind.LateInteraction)
        {
            var texts = LateInteractionSession.Load(BertModel.Open(options.CheckpointPath), options.Threads, options.Device);
            return (texts, texts.MaxTokens);
        }

        if (options.Reranker == RerankerKind.CrossEncoder)
        {
            var pairs = CrossEncoderSession.Load(RerankerFolder.Open(options.CheckpointPath), options.Threads, options.Device);
            return (pairs, pairs.MaxTokens);
        }

        if (options.IsBert)
        {
            var bert = BertEncoderSession.Load(BertModel.Open(options.CheckpointPath), options.Threads, options.Device, options.Format ?? WeightFormat.Float32);
            return (bert, bert.MaxTokens);
        }

        var t5 = T5EncoderSession.Load(options.CheckpointPath, options.Threads, options.Format);
        return (new T5Encoder(t5), t5.MaxTokens);
    }

    private (IStepModel Model, int Blocks) LoadRanks(LlmEngineOptions options, LlamaConfig config)
    {
        CudaProbe.CheckDevices(options.Ranks ?? 1);
        options = CudaLlamaLoader.WithCache(options, config, () => CudaProbe.TotalMemory(0));
        var model = CudaLlamaLoader.PlanRanks(options, config, NcclLibrary.Load().CreateUniqueId(), RankGroup.StepTimeout);
        var group = RankGroup.StartAsync(model, new CudaRankLoader(time), rankLauncher, time, logs.CreateLogger<RankGroup>()).GetAwaiter().GetResult();
        return (group, model.Engine.KvCacheBlocks);
    }
}
