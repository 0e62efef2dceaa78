using Serverless.GpuWorker.Execution;

namespace Serverless.GpuWorker.Supervision.Wire;

/// <summary>What a child is to load: a language model or an encoder.</summary>
internal sealed record ChildModel
{
    public LlmEngineOptions? Llm { get; init; }

    /// <summary>Whether the language model's folder has a tokenizer, with which answers can be held to schemas.</summary>
    public bool HasTokenizer { get; init; }

    public EncoderOptions? Encoder { get; init; }
}
