using Serverless.Contracts.OpenAI;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>A chunk of a stream that tells the usage.</summary>
internal interface ICountedChunk
{
    /// <summary>The same chunk with the usage so far.</summary>
    object With(Usage usage);
}
