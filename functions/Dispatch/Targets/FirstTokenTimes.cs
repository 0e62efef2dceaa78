using System.Collections.Concurrent;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>How long each provider's address and model took to its first token of late: the last 128 measurements at this instance. Thread-safe.</summary>
public sealed class FirstTokenTimes
{
    private const int Kept = 128;

    /// <summary>Fewer tell nothing of a percentile.</summary>
    internal const int Least = 20;

    private readonly ConcurrentDictionary<(string Provider, string? ApiBase, string Model), Ring> _times = new();

    /// <param name="took">To the first token, or until it was given up: no less than it would have been.</param>
    public void Add(RouteModel model, TimeSpan took)
    {
        ArgumentNullException.ThrowIfNull(model);
        _times.GetOrAdd((model.Provider, model.ApiBase, model.Name), _ => new Ring()).Add(took.Ticks);
    }

    /// <summary>The smallest of the times that at least so many of a hundred do not exceed (nearest rank); null while too few are known.</summary>
    /// <param name="percent">1..100.</param>
    public TimeSpan? Percentile(RouteModel model, int percent)
    {
        ArgumentNullException.ThrowIfNull(model);
        return _times.TryGetValue((model.Provider, model.ApiBase, model.Name), out var ring) ? ring.Percentile(percent) : null;
    }

    private sealed class Ring
    {
        private readonly Lock _lock = new();
        private readonly long[] _ticks = new long[Kept];
        private int _count;

        public void Add(long ticks)
        {
            // A ring that has been filled counts on within its second round.
            lock (_lock)
            {
                _ticks[_count % Kept] = ticks;
                _count = _count + 1 == 2 * Kept ? Kept : _count + 1;
            }
        }

        public TimeSpan? Percentile(int percent)
        {
            long[] sorted;
            lock (_lock)
            {
                if (_count < Least) return null;
                sorted = _ticks[..Math.Min(_count, Kept)];
            }

            Array.Sort(sorted);
            return TimeSpan.FromTicks(sorted[Math.Max(0, (((sorted.Length * percent) + 99) / 100) - 1)]);
        }
    }
}
