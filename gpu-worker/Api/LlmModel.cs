using Serverless.GpuWorker.Api.Requests;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api;

/// <summary>A language model as the API serves it.</summary>
/// <param name="Name">What requests call it.</param>
/// <param name="CanConstrain">Whether the vocabulary has every byte, without which an answer cannot be held to a schema.</param>
public sealed record LlmModel(string Name, ILlmEngine Engine, ITokenizer Tokenizer, GenerationDefaults Defaults, bool CanConstrain = true)
{
    /// <summary>Whether usage tells how many of a prompt's tokens were in the cache.</summary>
    public bool TellsCachedTokens { get; init; }

    /// <summary>Sequences of one client that its queues hold, those of all replicas together.</summary>
    public long QueuedRequests { get; init; } = long.MaxValue;

    /// <summary>Prompt tokens that they hold.</summary>
    public long QueuedTokens { get; init; } = long.MaxValue;
}
