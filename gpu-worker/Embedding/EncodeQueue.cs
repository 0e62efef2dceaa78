using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Embedding;

/// <summary>
/// Texts that wait for the encoder. A batch is the text that has waited longest and those nearest to it in length, so that nobody starves and little is padded. Thread-safe.
/// </summary>
/// <param name="capacity">Texts that may wait.</param>
/// <param name="maxBatch">Texts in a batch.</param>
/// <param name="maxBatchTokens">Padded tokens in a batch, unless one text alone has more.</param>
internal sealed class EncodeQueue(int capacity, int maxBatch, int maxBatchTokens)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<EncodeJob> _waiting = new();
    private readonly SemaphoreSlim _added = new(0);
    private bool _closed;

    /// <exception cref="EngineOverloadedException">There is no room for all of them; none was added.</exception>
    /// <exception cref="EngineFailedException">The queue is closed.</exception>
    public void Add(IReadOnlyCollection<EncodeJob> jobs)
    {
        lock (_lock)
        {
            if (_closed) throw new EngineFailedException("The embedder is shutting down.");
            if (_waiting.Count + jobs.Count > capacity) throw new EngineOverloadedException("The embedder's queue is full.", TimeSpan.FromSeconds(1));
            foreach (var job in jobs) _waiting.AddLast(job);
        }

        _added.Release();
    }

    /// <summary>Waits for work and takes a batch of it; empty when the queue is closed.</summary>
    public IReadOnlyList<EncodeJob> TakeBatch()
    {
        while (true)
        {
            lock (_lock)
            {
                if (_closed) return [];
                DropAbandoned();
                if (_waiting.First is { } oldest) return TakeNear(oldest.Value);
            }

            _added.Wait();
        }
    }

    /// <summary>Ends <see cref="TakeBatch"/>; returns what was still waiting.</summary>
    public IReadOnlyList<EncodeJob> Close()
    {
        lock (_lock)
        {
            _closed = true;
            var left = _waiting.ToArray();
            _waiting.Clear();
            _added.Release();
            return left;
        }
    }

    private void DropAbandoned()
    {
        for (var node = _waiting.First; node is not null;)
        {
            var next = node.Next;
            if (node.Value.IsAbandoned)
            {
                node.Value.Vector.TrySetCanceled();
                _waiting.Remove(node);
            }

            node = next;
        }
    }

    private List<EncodeJob> TakeNear(EncodeJob oldest)
    {
        var batch = new List<EncodeJob>(maxBatch);
        var longest = 0;
        foreach (var job in _waiting.OrderBy(job => ReferenceEquals(job, oldest) ? -1 : Math.Abs(job.Length - oldest.Length)))
        {
            var length = Math.Max(longest, job.Length);
            if (batch.Count > 0 && length * (batch.Count + 1) > maxBatchTokens) break;
            longest = length;
            batch.Add(job);
            if (batch.Count == maxBatch) break;
        }

        foreach (var job in batch) _waiting.Remove(job);
        return batch;
    }
}
