namespace Serverless.GpuWorker.Scheduling;

/// <summary>Bounds what waits, in requests and in tokens, before any work is done for it. Safe for many threads.</summary>
public sealed class QueueBudget(int maxRequests, long maxTokens)
{
    private readonly Lock _lock = new();
    private int _requests;
    private long _tokens;

    public int Requests
    {
        get
        {
            lock (_lock)
                return _requests;
        }
    }

    public long Tokens
    {
        get
        {
            lock (_lock)
                return _tokens;
        }
    }

    /// <summary>Takes a place, or returns false. A request wider than the whole budget may enter while the queue is empty.</summary>
    public bool TryEnter(int tokens)
    {
        lock (_lock)
        {
            if (_requests >= maxRequests || (_requests > 0 && _tokens + tokens > maxTokens))
                return false;

            _requests++;
            _tokens += tokens;
            return true;
        }
    }

    public void Leave(int tokens)
    {
        lock (_lock)
        {
            _requests--;
            _tokens -= tokens;
        }
    }
}
