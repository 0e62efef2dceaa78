using System.Collections.Concurrent;

namespace Serverless.Local.Loopback;

/// <summary>Failures that a test orders from an emulator. Thread-safe.</summary>
public class RequestFaults
{
    private readonly ConcurrentQueue<(int Status, TimeSpan? RetryAfter)> _requests = new();

    /// <summary>The next requests are answered with this status, and Retry-After where it is given.</summary>
    public void FailRequests(int count, int status = 503, TimeSpan? retryAfter = null)
    {
        for (var i = 0; i < count; i++)
            _requests.Enqueue((status, retryAfter));
    }

    internal (int Status, TimeSpan? RetryAfter)? TakeRequest() => _requests.TryDequeue(out var fault) ? fault : null;
}
