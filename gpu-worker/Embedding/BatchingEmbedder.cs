using System.Numerics.Tensors;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Embedding;

/// <summary>Embeds with an encoder: texts of all callers are batched by length and run on one thread.</summary>
public sealed class BatchingEmbedder : IEmbedder, IDisposable
{
    /// <summary>Padded tokens in one run of the encoder; bounds the attention's memory.</summary>
    private const int MaxBatchTokens = 8192;

    private readonly Func<EmbeddingInput, EncoderInput> _tokenize;
    private readonly IEncoderSession _session;
    private readonly EncodeQueue _queue;
    private readonly Thread _runner;

    /// <param name="tokenize">How the model takes a text: at most <paramref name="maxTokens"/> tokens.</param>
    /// <param name="maxTokens">The model's length, special tokens included.</param>
    /// <param name="maxBatch">Texts in one run; at least 1.</param>
    /// <param name="queueCapacity">Texts that may wait; more are refused.</param>
    internal BatchingEmbedder(string modelName, Func<EmbeddingInput, EncoderInput> tokenize, IEncoderSession session, int maxTokens = 512, int maxBatch = 32, int queueCapacity = 2048)
    {
        ModelName = modelName;
        MaxTokens = maxTokens;
        _tokenize = tokenize;
        _session = session;
        _queue = new EncodeQueue(queueCapacity, maxBatch, MaxBatchTokens);
        _runner = new Thread(Run) { IsBackground = true, Name = "encoder" };
        _runner.Start();
    }

    public string ModelName { get; }

    public int Dimensions => _session.Dimensions;

    public int MaxTokens { get; }

    public bool IsReady => _session.IsReady;

    public bool HasFailed => _session.HasFailed;

    /// <inheritdoc/>
    /// <exception cref="EngineOverloadedException">The queue has no room for all inputs; nothing was done.</exception>
    /// <exception cref="EngineFailedException">The encoder failed.</exception>
    public async Task<IReadOnlyList<EmbeddingVector>> EmbedAsync(IReadOnlyList<EmbeddingInput> inputs, CancellationToken cancellationToken)
    {
        var jobs = inputs.Select(input => new EncodeJob(_tokenize(input), cancellationToken)).ToArray();
        if (jobs.Length == 0) return [];
        cancellationToken.ThrowIfCancellationRequested();
        _queue.Add(jobs);
        var vectors = await Task.WhenAll(jobs.Select(job => job.Vector.Task)).WaitAsync(cancellationToken);
        return jobs.Select((job, i) => new EmbeddingVector(vectors[i], job.Length)).ToArray();
    }

    /// <summary>Fails what waits, lets the run in progress end, and disposes of the session.</summary>
    public void Dispose()
    {
        foreach (var job in _queue.Close()) job.Vector.TrySetException(new EngineFailedException("The embedder is shutting down."));
        if (_runner.IsAlive) _runner.Join();
        (_session as IDisposable)?.Dispose();
    }

    private void Run()
    {
        while (_queue.TakeBatch() is { Count: > 0 } batch) RunBatch(batch);
    }

    private void RunBatch(IReadOnlyList<EncodeJob> batch)
    {
        try
        {
            var vectors = _session.Encode([.. batch.Select(job => job.Input.Ids)], [.. batch.Select(job => job.Input.PoolMask)]);
            for (var i = 0; i < batch.Count; i++)
            {
                // Where the model's last module normalises, doing it again changes nothing.
                Normalise(vectors[i]);
                batch[i].Vector.TrySetResult(vectors[i]);
            }
        }
        catch (Exception) when (batch.Count > 1)
        {
            // One of them may be at fault: only that one is to fail.
            foreach (var job in batch) RunBatch([job]);
        }
        catch (Exception e)
        {
            foreach (var job in batch) job.Vector.TrySetException(new EngineFailedException("The encoder failed.", e));
        }
    }

    private static void Normalise(Span<float> vector)
    {
        var norm = TensorPrimitives.Norm(vector);
        if (norm > 1e-12f) TensorPrimitives.Divide(vector, norm, vector);
    }
}
