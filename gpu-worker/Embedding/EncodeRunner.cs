using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Embedding;

/// <summary>Runs an encoder over the texts of all callers, batched by length, on a thread of its own.</summary>
internal sealed class EncodeRunner : IDisposable
{
    /// <summary>
    /// Padded tokens in one run of the encoder; bounds the memory of its activations, which stays with the process, and how long whoever comes next waits. On the CPU eight texts of a BERT's length
    /// run as fast as thirty-two.
    /// </summary>
    public const int CpuBatchTokens = 2048;

    /// <summary>The same where a device is only busy with more.</summary>
    public const int CudaBatchTokens = 8192;

    private readonly IEncoderSession _session;
    private readonly EncodeQueue _queue;
    private readonly Thread _runner;

    /// <param name="maxBatch">Texts in one run; at least 1.</param>
    /// <param name="queueCapacity">Texts that may wait; more are refused.</param>
    /// <param name="maxBatchTokens">Padded tokens in one run, unless one text alone has more.</param>
    public EncodeRunner(IEncoderSession session, int maxBatch, int queueCapacity, int maxBatchTokens)
    {
        _session = session;
        _queue = new EncodeQueue(queueCapacity, maxBatch, maxBatchTokens);
        _runner = new Thread(Run) { IsBackground = true, Name = "encoder" };
        _runner.Start();
    }

    public bool IsReady => _session.IsReady;

    public bool HasFailed => _session.HasFailed;

    public int Dimensions => _session.Dimensions;

    /// <returns>What the encoder gives for each text, in order.</returns>
    /// <exception cref="EngineOverloadedException">The queue has no room for all of them; nothing was done.</exception>
    /// <exception cref="EngineFailedException">The encoder failed.</exception>
    public async Task<float[][]> RunAsync(IReadOnlyCollection<EncoderInput> inputs, CancellationToken cancellationToken)
    {
        var jobs = inputs.Select(input => new EncodeJob(input, cancellationToken)).ToArray();
        if (jobs.Length == 0) return [];
        cancellationToken.ThrowIfCancellationRequested();
        _queue.Add(jobs);
        return await Task.WhenAll(jobs.Select(job => job.Vector.Task)).WaitAsync(cancellationToken);
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
            var vectors = _session.Encode([.. batch.Select(job => job.Input.Ids)], [.. batch.Select(job => job.Input.Marks)]);
            for (var i = 0; i < batch.Count; i++) batch[i].Vector.TrySetResult(vectors[i]);
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
}
