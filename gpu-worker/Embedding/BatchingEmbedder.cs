using System.Numerics.Tensors;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Embedding;

/// <summary>Embeds with an encoder: texts of all callers are batched by length and run on one thread.</summary>
public sealed class BatchingEmbedder : IEmbedder, IDisposable
{
    private readonly Func<EmbeddingInput, EncoderInput> _tokenize;
    private readonly EncodeRunner _runner;

    /// <param name="tokenize">How the model takes a text: at most <paramref name="maxTokens"/> tokens.</param>
    /// <param name="maxTokens">The model's length, special tokens included.</param>
    /// <param name="maxBatch">Texts in one run; at least 1.</param>
    /// <param name="queueCapacity">Texts that may wait; more are refused.</param>
    /// <param name="maxBatchTokens">Padded tokens in one run, unless one text alone has more.</param>
    internal BatchingEmbedder(
        string modelName,
        Func<EmbeddingInput, EncoderInput> tokenize,
        IEncoderSession session,
        int maxTokens = 512,
        int maxBatch = 32,
        int queueCapacity = 2048,
        int maxBatchTokens = EncodeRunner.CpuBatchTokens)
    {
        ModelName = modelName;
        MaxTokens = maxTokens;
        _tokenize = tokenize;
        _runner = new EncodeRunner(session, maxBatch, queueCapacity, maxBatchTokens);
    }

    public string ModelName { get; }

    public int Dimensions => _runner.Dimensions;

    public int MaxTokens { get; }

    public bool IsReady => _runner.IsReady;

    public bool HasFailed => _runner.HasFailed;

    /// <inheritdoc/>
    /// <exception cref="EngineOverloadedException">The queue has no room for all inputs; nothing was done.</exception>
    /// <exception cref="EngineFailedException">The encoder failed.</exception>
    public async Task<IReadOnlyList<EmbeddingVector>> EmbedAsync(IReadOnlyList<EmbeddingInput> inputs, CancellationToken cancellationToken)
    {
        var tokens = inputs.Select(_tokenize).ToArray();
        var vectors = await _runner.RunAsync(tokens, cancellationToken);
        // Where the model's last module normalises, doing it again changes nothing.
        foreach (var vector in vectors) Normalise(vector);
        return [.. vectors.Select((vector, i) => new EmbeddingVector(vector, tokens[i].Ids.Length))];
    }

    /// <inheritdoc cref="EncodeRunner.Dispose"/>
    public void Dispose() => _runner.Dispose();

    private static void Normalise(Span<float> vector)
    {
        var norm = TensorPrimitives.Norm(vector);
        if (norm > 1e-12f) TensorPrimitives.Divide(vector, norm, vector);
    }
}
