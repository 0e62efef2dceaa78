using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api;

/// <summary>A language model as the API serves it.</summary>
/// <param name="Name">What requests call it.</param>
public sealed record LlmModel(string Name, ILlmEngine Engine, ITokenizer Tokenizer, GenerationDefaults Defaults);
