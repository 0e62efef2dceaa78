namespace Serverless.Local.Hosting.Queues;

/// <summary>How long to wait before an empty queue is read again: 100 ms at first, doubling to 2 s, back to 100 ms when a message came.</summary>
internal sealed class PollingDelay
{
    internal static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    internal static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private TimeSpan _next = Shortest;

    public TimeSpan Next()
    {
        var now = _next;
        _next = now * 2 < Longest ? now * 2 : Longest;
        return now;
    }

    public void Reset() => _next = Shortest;

    /// <summary>Straight to the longest delay: the queue cannot be reached.</summary>
    public void Back() => _next = Longest;
}
