namespace Serverless.Functions.Ingestion.Vectors;

/// <summary>
/// The vectors that this instance has seen last, and those that are on their way: two documents of one content that come together are embedded once. The
/// oldest go first.
/// </summary>
public sealed class RecentVectors
{
    // 16 MB: some 10,000 vectors of 384 numbers.
    private const long MaxNumbers = 4 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, ReadOnlyMemory<float>> _held = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    private readonly Dictionary<string, TaskCompletionSource<ReadOnlyMemory<float>?>> _coming = new(StringComparer.Ordinal);
    private long _numbers;

    public ReadOnlyMemory<float>? Find(string key)
    {
        lock (_lock) return _held.TryGetValue(key, out var vector) ? vector : default(ReadOnlyMemory<float>?);
    }

    /// <summary>Which of these the caller must embed, and what to wait for of the others: a vector, or null where whoever was at it gave up.</summary>
    public (List<string> Mine, List<(string Key, Task<ReadOnlyMemory<float>?> Vector)> Others) Claim(IEnumerable<string> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var mine = new List<string>();
        var others = new List<(string Key, Task<ReadOnlyMemory<float>?> Vector)>();
        lock (_lock)
        {
            foreach (var key in keys)
            {
                if (_held.TryGetValue(key, out var vector))
                {
                    others.Add((key, Task.FromResult<ReadOnlyMemory<float>?>(vector)));
                }
                else if (_coming.TryGetValue(key, out var coming))
                {
                    others.Add((key, coming.Task));
                }
                else
                {
                    _coming[key] = new TaskCompletionSource<ReadOnlyMemory<float>?>(TaskCreationOptions.RunContinuationsAsynchronously);
                    mine.Add(key);
                }
            }
        }

        return (mine, others);
    }

    public void Put(string key, ReadOnlyMemory<float> vector)
    {
        lock (_lock)
        {
            if (_held.Remove(key, out var before)) _numbers -= before.Length;
            else _order.Enqueue(key);
            _held[key] = vector;
            _numbers += vector.Length;
            while (_numbers > MaxNumbers && _order.TryDequeue(out var oldest))
            {
                if (_held.Remove(oldest, out var gone)) _numbers -= gone.Length;
            }

            if (_coming.Remove(key, out var waiting)) waiting.SetResult(vector);
        }
    }

    /// <summary>Lets go of what was claimed and not put.</summary>
    public void GiveUp(IEnumerable<string> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        lock (_lock)
        {
            foreach (var key in keys)
            {
                if (_coming.Remove(key, out var waiting)) waiting.SetResult(null);
            }
        }
    }
}
