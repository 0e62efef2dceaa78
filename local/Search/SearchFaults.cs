using System.Collections.Concurrent;

namespace Serverless.Local.Search;

/// <summary>Failures that a test orders from the emulator. Thread-safe.</summary>
public sealed class SearchFaults
{
    private readonly ConcurrentQueue<(int Status, TimeSpan? RetryAfter)> _requests = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<int>> _actions = new(StringComparer.Ordinal);

    /// <summary>The next requests are answered with this status, and Retry-After where it is given.</summary>
    public void FailRequests(int count, int status = 503, TimeSpan? retryAfter = null)
    {
        for (var i = 0; i < count; i++)
            _requests.Enqueue((status, retryAfter));
    }

    /// <summary>The next actions on this document key fail within their batch, whose answer becomes a 207.</summary>
    public void FailActions(string key, int status, int count = 1)
    {
        var queue = _actions.GetOrAdd(key, _ => new ConcurrentQueue<int>());
        for (var i = 0; i < count; i++)
            queue.Enqueue(status);
    }

    internal (int Status, TimeSpan? RetryAfter)? TakeRequest() => _requests.TryDequeue(out var fault) ? fault : null;

    /// <summary>0: none.</summary>
    internal int TakeAction(string key) => _actions.TryGetValue(key, out var queue) && queue.TryDequeue(out var status) ? status : 0;
}
