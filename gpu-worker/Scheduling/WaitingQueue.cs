namespace Serverless.GpuWorker.Scheduling;

/// <summary>Sequences that wait: preempted ones first, oldest first; then one first-come queue a client, the client with least service first.</summary>
internal sealed class WaitingQueue(VirtualTokenCounters counters)
{
    private readonly SortedDictionary<long, Sequence> _preempted = [];
    private readonly SortedDictionary<string, LinkedList<Sequence>> _clients = new(StringComparer.Ordinal);

    public int Count { get; private set; }

    public IEnumerable<Sequence> All => _preempted.Values.Concat(_clients.Values.SelectMany(queue => queue));

    public void Add(Sequence sequence)
    {
        Count++;
        if (sequence.Preemptions > 0)
        {
            _preempted.Add(sequence.Id, sequence);
            return;
        }
        if (!_clients.TryGetValue(sequence.Request.ClientId, out var queue))
            _clients.Add(sequence.Request.ClientId, queue = new LinkedList<Sequence>());

        queue.AddLast(sequence);
    }

    /// <summary>Whose turn it is, or null.</summary>
    public Sequence? Peek()
    {
        if (_preempted.Count > 0)
            return _preempted.First().Value;

        return _clients.Count == 0 ? null : _clients.MinBy(client => counters[client.Key]).Value.First!.Value;
    }

    public bool Remove(Sequence sequence)
    {
        if (!_preempted.Remove(sequence.Id))
        {
            if (!_clients.TryGetValue(sequence.Request.ClientId, out var queue) || !queue.Remove(sequence))
                return false;

            if (queue.Count == 0)
                _clients.Remove(sequence.Request.ClientId);
        }
        Count--;
        return true;
    }
}
