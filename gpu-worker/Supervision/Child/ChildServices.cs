using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Execution.Cuda.Ranks;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Model.Formats;
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
        var (sessions, maxTokens) = LoadEncoder(encoder);
        return new EncoderService(sessions, new LoadedModel { ContextLength = maxTokens, Dimensions = sessions[encoder.Tasks[0]].Dimensions }, outbox, time);
    }

    /// <summary>The sessions by what they are for, and the most tokens of a text (of a cross-encoder's pair).</summary>
    private static (Dictionary<EncoderTask, IEncoderSession> Sessions, int MaxTokens) LoadEncoder(EncoderOptions options)
    {
        if (options.Tasks.Count == 0) throw new ProtocolException("A frame Load names an encoder and not what for.");
        if (!options.IsBert)
        {
            if (options.Tasks is not [EncoderTask.Embedding]) throw new ProtocolException("A T5 encoder embeds and does nothing else.");
            var t5 = T5EncoderSession.Load(options.CheckpointPath, options.Threads, options.Format);
            return (new() { [EncoderTask.Embedding] = new T5Encoder(t5) }, t5.MaxTokens);
        }

        if (options.Tasks.Contains(EncoderTask.CrossEncoding))
        {
            if (options.Tasks.Count > 1) throw new ProtocolException("A cross-encoder scores pairs and does nothing else.");
            var pairs = CrossEncoderSession.Load(RerankerFolder.Open(options.CheckpointPath), options.Threads, options.Device);
            return (new() { [EncoderTask.CrossEncoding] = pairs }, pairs.MaxTokens);
        }

        var bert = PaddedBert.Load(BertModel.Open(options.CheckpointPath), BertOutput.HiddenStates, options.Threads, options.Device, options.Format ?? WeightFormat.Float32);
        return (options.Tasks.ToDictionary(task => task, task => SessionOver(bert, task)), bert.MaxTokens);
    }

    private static IEncoderSession SessionOver(PaddedBert model, EncoderTask task) => task switch
    {
        EncoderTask.Embedding => new BertEncoderSession(model),
        EncoderTask.LateInteraction => new LateInteractionSession(model),
        _ => throw new ProtocolException($"An encoder that embeds cannot be loaded for {task}."),
    };

    private (IStepModel Model, int Blocks) LoadRanks(LlmEngineOptions options, LlamaConfig config)
    {
        CudaProbe.CheckDevices(options.Ranks ?? 1);
        options = CudaLlamaLoader.WithCache(options, config, () => CudaProbe.TotalMemory(0));
        var model = CudaLlamaLoader.PlanRanks(options, config, NcclLibrary.Load().CreateUniqueId(), RankGroup.StepTimeout);
        var group = RankGroup.StartAsync(model, new CudaRankLoader(time), rankLauncher, time, logs.CreateLogger<RankGroup>()).GetAwaiter().GetResult();
        return (group, model.Engine.KvCacheBlocks);
    }
}
