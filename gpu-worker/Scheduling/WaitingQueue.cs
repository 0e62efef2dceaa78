namespace Serverless.GpuWorker.Scheduling;

/// <summary>
/// Sequences that wait: preempted ones first, oldest first; then one queue a client, the client with least service first. Every operation
/// takes logarithmic time in clients and sequences.
/// </summary>
internal sealed class WaitingQueue(VirtualTokenCounters counters)
{
    /// <summary>Clients of whom one is looked for whose first request is permitted: a bound, so that a choice takes no time in proportion to them.</summary>
    public const int LookedAt = 8;

    private readonly SortedSet<Sequence> _preempted = new(Comparer<Sequence>.Create((a, b) => a.Id.CompareTo(b.Id)));
    private readonly Dictionary<string, HeapEntry<ClientQueue>> _clients = new(StringComparer.Ordinal);
    private readonly MinHeap<ClientQueue> _order = new();
    private readonly List<HeapEntry<ClientQueue>> _passedOver = [];
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

    /// <summary>
    /// The same of those that are permitted, the first of a client's alone being asked for, and those of the <see cref="LookedAt"/> clients whose turn comes first.
    /// Of the preempted ones only the first: nobody goes before it.
    /// </summary>
    public Sequence? Peek(Func<Sequence, bool> permits)
    {
        if (_preempted.Min is { } preempted)
            return permits(preempted) ? preempted : null;

        return PeekFresh(permits);
    }

    /// <inheritdoc cref="Peek(Func{Sequence, bool})"/>
    public Sequence? PeekFresh(Func<Sequence, bool> permits)
    {
        Sequence? found = null;
        while (found is null && _passedOver.Count < LookedAt && PeekFresh() is { } first)
        {
            if (permits(first))
            {
                found = first;
                continue;
            }
            _passedOver.Add(_order.Min!);
            _order.Remove(_order.Min!);
        }
        foreach (var entry in _passedOver)
            _order.Add(entry, entry.Rank.Key, entry.Rank.Order);

        _passedOver.Clear();
        return found;
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
