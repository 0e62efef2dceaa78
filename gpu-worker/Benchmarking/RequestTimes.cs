using System.Diagnostics;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>When the tokens of many requests came, as their readers saw it. Safe for many threads.</summary>
internal sealed class RequestTimes
{
    private readonly Lock _lock = new();
    private readonly List<double> _first = [], _next = [];

    /// <summary>Seconds from asking to the first token, of each request.</summary>
    public IReadOnlyList<double> FirstToken
    {
        get
        {
            lock (_lock)
                return [.. _first];
        }
    }

    /// <summary>Seconds from each token to the next one of its request.</summary>
    public IReadOnlyList<double> BetweenTokens
    {
        get
        {
            lock (_lock)
                return [.. _next];
        }
    }

    /// <summary>Notes a token.</summary>
    /// <param name="before">When the one before came, or for the first one when it was asked for.</param>
    /// <returns>Now, for the next.</returns>
    public long Token(bool isFirst, long before)
    {
        long now = Stopwatch.GetTimestamp();
        lock (_lock)
            (isFirst ? _first : _next).Add(Stopwatch.GetElapsedTime(before, now).TotalSeconds);

        return now;
    }
}
