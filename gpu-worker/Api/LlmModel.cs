using Serverless.Contracts.OpenAI;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api;

/// <summary>A language model as the API serves it.</summary>
/// <param name="Name">What requests call it.</param>
/// <param name="EncodeChat">The ids of a chat's prompt, BOS included; its messages are validated: roles alternate, and no content holds a tag.</param>
public sealed record LlmModel(
    string Name, ILlmEngine Engine, ITokenizer Tokenizer, Func<IReadOnlyList<ChatMessage>, int[]> EncodeChat, GenerationDefaults Defaults);
