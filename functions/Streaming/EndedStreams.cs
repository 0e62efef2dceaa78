namespace Serverless.Functions.Streaming;

/// <summary>Streams that have ended and whose messages are kept for a while; beyond a number the one that ended first is let go of. Thread-safe.</summary>
internal sealed class EndedStreams(int most, TimeSpan keep, TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, RunningStream> _streams = new(StringComparer.Ordinal);
    private readonly Queue<(string Id, long Ended)> _order = new();
    private ITimer? _timer;

    public int Count
    {
        get
        {
            lock (_lock) return _streams.Count;
        }
    }

    public void Add(string id, RunningStream stream)
    {
        lock (_lock)
        {
            _timer ??= time.CreateTimer(_ => Forget(), null, keep / 4, keep / 4);
            _streams[id] = stream;
            _order.Enqueue((id, time.GetTimestamp()));
            if (_order.Count > most) Drop();
        }
    }

    public RunningStream? Find(string id)
    {
        lock (_lock) return _streams.GetValueOrDefault(id);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _timer?.Dispose();
            while (_order.Count > 0) Drop();
        }
    }

    private void Forget()
    {
        lock (_lock)
        {
            while (_order.TryPeek(out var oldest) && time.GetElapsedTime(oldest.Ended) >= keep) Drop();
        }
    }

    private void Drop()
    {
        var (id, _) = _order.Dequeue();
        if (_streams.Remove(id, out var stream)) stream.Dispose();
    }
}
