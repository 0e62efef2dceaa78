using System.Collections.Concurrent;
using Serverless.Local.Loopback;

namespace Serverless.Local.Search;

/// <summary>Failures of whole requests and of single indexing actions, ordered by a test. Thread-safe.</summary>
public sealed class SearchFaults : RequestFaults
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<int>> _actions = new(StringComparer.Ordinal);

    /// <summary>The next actions on this document key fail within their batch, whose answer becomes a 207.</summary>
    public void FailActions(string key, int status, int count = 1)
    {
        var queue = _actions.GetOrAdd(key, _ => new ConcurrentQueue<int>());
        for (var i = 0; i < count; i++)
            queue.Enqueue(status);
    }

    /// <summary>0: none.</summary>
    internal int TakeAction(string key) => _actions.TryGetValue(key, out var queue) && queue.TryDequeue(out var status) ? status : 0;
}
