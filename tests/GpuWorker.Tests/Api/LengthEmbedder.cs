using System.Collections.Concurrent;
using Serverless.GpuWorker.Embedding;

namespace Serverless.GpuWorker.Tests.Api;

/// <summary>Embeds a text as its own length and its instruction's.</summary>
internal sealed class LengthEmbedder : IEmbedder
{
    public string ModelName => "lengths";

    public int Dimensions => 2;

    public int MaxTokens => 512;

    public ConcurrentQueue<EmbeddingInput> Inputs { get; } = new();

    public Task<IReadOnlyList<EmbeddingVector>> EmbedAsync(IReadOnlyList<EmbeddingInput> inputs, CancellationToken cancellationToken)
    {
        foreach (var input in inputs) Inputs.Enqueue(input);
        return Task.FromResult<IReadOnlyList<EmbeddingVector>>([.. inputs.Select(i => new EmbeddingVector([i.Text.Length, i.Instruction.Length], i.Text.Length + 1))]);
    }
}
