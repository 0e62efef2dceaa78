namespace Serverless.Local.Search.Vectors;

/// <summary>The best so far, the worst of them on top, to be pushed out. Of equal scores the lower slot is better.</summary>
internal sealed class NearestList(int most)
{
    private readonly PriorityQueue<int, (double Score, int Slot)> _queue = new(Comparer<(double Score, int Slot)>.Create(
        (a, b) => a.Score != b.Score ? a.Score.CompareTo(b.Score) : b.Slot.CompareTo(a.Slot)));

    /// <summary>The score below which nothing is wanted any more: of the worst of a full list.</summary>
    public double Worst { get; private set; } = double.NegativeInfinity;

    public bool IsFull => _queue.Count == most;

    /// <summary>In no order.</summary>
    public IEnumerable<int> Slots => _queue.UnorderedItems.Select(item => item.Element);

    /// <summary>Whether a score is good enough for the list as it is; ties are decided by slot.</summary>
    public bool Wants(double score) => score >= Worst;

    public void Offer(int slot, double score)
    {
        if (_queue.Count < most)
            _queue.Enqueue(slot, (score, slot));
        else if (score >= Worst)
            _queue.EnqueueDequeue(slot, (score, slot));
        else
            return;
        if (_queue.Count == most && _queue.TryPeek(out _, out var worst))
            Worst = worst.Score;
    }

    public void Merge(NearestList other)
    {
        foreach (var (slot, priority) in other._queue.UnorderedItems) Offer(slot, priority.Score);
    }

    /// <summary>Best first; the list is empty afterwards.</summary>
    public List<(int Slot, double Score)> Ordered()
    {
        var found = new List<(int, double)>(_queue.Count);
        while (_queue.TryDequeue(out var slot, out var priority)) found.Add((slot, priority.Score));
        found.Reverse();
        return found;
    }
}
