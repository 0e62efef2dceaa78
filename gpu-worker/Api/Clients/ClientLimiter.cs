namespace Serverless.GpuWorker.Api.Clients;

/// <summary>
/// What one client may do: so many requests at once, and so many a minute (a token bucket that holds a minute's worth and fills evenly). Pure but for its clock; thread-safe.
/// Clients that are as good as new are forgotten.
/// </summary>
/// <param name="maxConcurrency">Requests at once; 0 for no limit.</param>
/// <param name="maxRequestsPerMinute">0 for no limit.</param>
internal sealed class ClientLimiter(int maxConcurrency, int maxRequestsPerMinute, TimeProvider time)
{
    /// <summary>Clients beyond which those at rest are looked for.</summary>
    private const int UsualClients = 10_000;

    /// <summary>What sums of many small parts may be short of a whole request.</summary>
    private const double Rounding = 1e-6;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Client> _clients = new(StringComparer.Ordinal);
    private int _sweepAt = UsualClients;

    public bool IsUnlimited => maxConcurrency == 0 && maxRequestsPerMinute == 0;

    internal int Clients
    {
        get
        {
            lock (_lock) return _clients.Count;
        }
    }

    /// <summary>Takes a place for a request of a client. What is refused costs nothing.</summary>
    /// <returns>The place, to be disposed of when the request ends; or null, with the limit that refuses it and when to come back.</returns>
    public IDisposable? TryEnter(string client, out ClientRefusal refusal)
    {
        lock (_lock)
        {
            refusal = default;
            var now = time.GetTimestamp();
            if (!_clients.TryGetValue(client, out var state))
            {
                Sweep(now);
                _clients.Add(client, state = new Client(maxRequestsPerMinute, now));
            }

            if (maxConcurrency > 0 && state.Inside >= maxConcurrency)
            {
                refusal = new ClientRefusal(ClientLimit.Concurrency, maxConcurrency, TimeSpan.FromSeconds(1));
                return null;
            }

            if (maxRequestsPerMinute > 0)
            {
                Fill(state, now);
                if (state.Tokens < 1 - Rounding)
                {
                    refusal = new ClientRefusal(ClientLimit.RequestsPerMinute, maxRequestsPerMinute, TimeSpan.FromMinutes((1 - state.Tokens) / maxRequestsPerMinute));
                    return null;
                }

                state.Tokens--;
            }

            state.Inside++;
            return new Place(this, state);
        }
    }

    private void Fill(Client state, long now)
    {
        state.Tokens = Math.Min(maxRequestsPerMinute, state.Tokens + (time.GetElapsedTime(state.FilledAt, now).TotalMinutes * maxRequestsPerMinute));
        state.FilledAt = now;
    }

    private void Sweep(long now)
    {
        if (_clients.Count < _sweepAt) return;
        foreach (var (client, state) in _clients.ToList())
        {
            Fill(state, now);
            if (state.Inside == 0 && state.Tokens >= maxRequestsPerMinute) _clients.Remove(client);
        }

        _sweepAt = Math.Max(UsualClients, _clients.Count * 2);
    }

    private sealed class Client(double tokens, long filledAt)
    {
        public int Inside { get; set; }

        public double Tokens { get; set; } = tokens;

        public long FilledAt { get; set; } = filledAt;
    }

    private sealed class Place(ClientLimiter limiter, Client state) : IDisposable
    {
        private bool _left;

        public void Dispose()
        {
            lock (limiter._lock)
            {
                if (!_left) state.Inside--;
                _left = true;
            }
        }
    }
}
