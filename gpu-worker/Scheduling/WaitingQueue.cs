namespace Serverless.GpuWorker.Scheduling;

/// <summary>
/// Sequences that wait: preempted ones first, oldest first; then one queue a client, the client with least service first. Every operation
/// takes logarithmic time in clients and sequences.
/// </summary>
internal sealed class WaitingQueue(VirtualTokenCounters counters)
{
    private readonly SortedSet<Sequence> _preempted = new(Comparer<Sequence>.Create((a, b) => a.Id.CompareTo(b.Id)));
    private readonly Dictionary<string, HeapEntry<ClientQueue>> _clients = new(StringComparer.Ordinal);
    private readonly MinHeap<ClientQueue> _order = new();
    private long _turns;

    public int Count { get; private set; }

    public IEnumerable<Sequence> All => _preempted.Concat(_clients.Values.SelectMany(entry => entry.Item.Sequences));

    public void Add(Sequence sequence)
    {
        Count++;
        if (sequence.Preemptions > 0)
        {
            _preempted.Add(sequence);
            return;
        }
        string client = sequence.Request.ClientId;
        if (!_clients.TryGetValue(client, out var entry))
        {
            _clients.Add(client, entry = new HeapEntry<ClientQueue>(new ClientQueue(client)));
            _order.Add(entry, counters[client], _turns++);
        }
        entry.Item.Sequences.Add(sequence);
    }

    /// <summary>Whose turn it is, or null.</summary>
    public Sequence? Peek() => _preempted.Min ?? PeekFresh();

    /// <summary>The same among those that have not been preempted.</summary>
    public Sequence? PeekFresh()
    {
        // Counters only grow while their clients wait, so a key is at most its counter: the first one that is up to date is the least.
        while (_order.Min is { } first)
        {
            long served = counters[first.Item.Client];
            if (first.Rank.Key == served)
                return first.Item.Sequences.Min;

            _order.Rekey(first, served);
        }
        return null;
    }

    public bool Remove(Sequence sequence)
    {
        if (!_preempted.Remove(sequence))
        {
            if (!_clients.TryGetValue(sequence.Request.ClientId, out var entry) || !entry.Item.Sequences.Remove(sequence))
                return false;

            if (entry.Item.Sequences.Count == 0)
            {
                _clients.Remove(sequence.Request.ClientId);
                _order.Remove(entry);
            }
        }
        Count--;
        return true;
    }
}
