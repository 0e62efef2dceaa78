using Serverless.GpuWorker.Execution;

namespace Serverless.GpuWorker.Supervision.Wire;

/// <summary>What a child is to load: a language model or an encoder.</summary>
internal sealed record ChildModel
{
    public LlmEngineOptions? Llm { get; init; }

    public EncoderOptions? Encoder { get; init; }
}
