using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Supervision.Wire;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Supervision.Child;

/// <summary>Loads checkpoints.</summary>
internal sealed class ChildServices(TimeProvider time, ILoggerFactory logs) : IChildServices
{
    /// <exception cref="ProtocolException">The model is neither a language model nor an encoder, or both.</exception>
    public IChildService Load(ChildModel model, Outbox outbox)
    {
        if (model is { Llm: { } llm, Encoder: null })
        {
            var engine = LlmEngine.Load(model.HasTokenizer ? llm with { Tokenizer = TokenizerFile.Load(llm.CheckpointPath) } : llm, time, logs);
            return new LlmService(engine, new LoadedModel { ContextLength = engine.ContextLength }, outbox, time);
        }

        if (model is not { Llm: null, Encoder: { } encoder }) throw new ProtocolException("A frame Load must name a language model or an encoder.");
        var session = T5EncoderSession.Load(encoder.CheckpointPath, encoder.Threads);
        return new EncoderService(session, new LoadedModel { ContextLength = session.MaxTokens, Dimensions = session.Dimensions }, outbox, time);
    }
}
