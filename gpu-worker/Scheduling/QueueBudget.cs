using System.Runtime.InteropServices;

namespace Serverless.GpuWorker.Scheduling;

/// <summary>Bounds what waits, in requests and in tokens, of all clients and of each, before any work is done for it. Safe for many threads.</summary>
/// <param name="maxClientShare">Share of both bounds that one client's requests may take, over 0 to 1; 1 for no such bound.</param>
public sealed class QueueBudget(int maxRequests, long maxTokens, double maxClientShare = 1)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (int Requests, long Tokens)> _clients = new(StringComparer.Ordinal);
    private int _requests;
    private long _tokens;

    /// <summary>The most requests of one client.</summary>
    public int ClientRequests { get; } = (int)Math.Ceiling(maxRequests * maxClientShare);

    /// <summary>The most tokens of one client's requests together.</summary>
    public long ClientTokens { get; } = (long)Math.Ceiling(maxTokens * maxClientShare);

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

    /// <summary>
    /// Takes a place, or returns false. A request wider than the whole budget may enter while the queue is empty, and one wider than a client's share
    /// while none of the client waits.
    /// </summary>
    public bool TryEnter(string client, int tokens)
    {
        lock (_lock)
        {
            if (_requests >= maxRequests || (_requests > 0 && _tokens + tokens > maxTokens))
                return false;

            var own = _clients.GetValueOrDefault(client);
            if (own.Requests >= ClientRequests || (own.Requests > 0 && own.Tokens + tokens > ClientTokens))
                return false;

            _requests++;
            _tokens += tokens;
            _clients[client] = (own.Requests + 1, own.Tokens + tokens);
            return true;
        }
    }

    /// <summary>Gives back what <see cref="TryEnter"/> took.</summary>
    public void Leave(string client, int tokens)
    {
        lock (_lock)
        {
            _requests--;
            _tokens -= tokens;
            ref var own = ref CollectionsMarshal.GetValueRefOrNullRef(_clients, client);
            own = (own.Requests - 1, own.Tokens - tokens);
            if (own.Requests == 0)
                _clients.Remove(client);
        }
    }
}
