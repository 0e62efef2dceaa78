namespace Serverless.GpuWorker.Scheduling;

/// <summary>A binary heap from which any entry can be taken out or given another key, in O(log n) and without allocating.</summary>
internal sealed class MinHeap<T>
{
    private readonly List<HeapEntry<T>> _entries = [];

    public int Count => _entries.Count;

    /// <summary>The entry with the smallest key, of equals the one with the smallest order; null when there is none.</summary>
    public HeapEntry<T>? Min => _entries.Count > 0 ? _entries[0] : null;

    public void Add(HeapEntry<T> entry, long key, long order)
    {
        if (entry.Index >= 0)
            throw new InvalidOperationException("The entry is in a heap already.");

        entry.Rank = (key, order);
        _entries.Add(entry);
        Rise(_entries.Count - 1, entry);
    }

    public void Rekey(HeapEntry<T> entry, long key)
    {
        entry.Rank = entry.Rank with { Key = key };
        Settle(entry.Index, entry);
    }

    /// <summary>Takes an entry out. One that is not in the heap is ignored.</summary>
    public void Remove(HeapEntry<T> entry)
    {
        if (entry.Index < 0)
            return;

        int at = entry.Index, end = _entries.Count - 1;
        var last = _entries[end];
        _entries.RemoveAt(end);
        entry.Index = -1;
        if (last != entry)
            Settle(at, last);
    }

    private void Settle(int at, HeapEntry<T> entry)
    {
        if (at > 0 && IsBefore(entry, _entries[(at - 1) / 2]))
            Rise(at, entry);
        else
            Sink(at, entry);
    }

    private void Rise(int at, HeapEntry<T> entry)
    {
        for (int parent = (at - 1) / 2; at > 0 && IsBefore(entry, _entries[parent]); parent = (at - 1) / 2)
        {
            Put(at, _entries[parent]);
            at = parent;
        }
        Put(at, entry);
    }

    private void Sink(int at, HeapEntry<T> entry)
    {
        for (int child = (2 * at) + 1; child < _entries.Count; child = (2 * at) + 1)
        {
            if (child + 1 < _entries.Count && IsBefore(_entries[child + 1], _entries[child]))
                child++;

            if (!IsBefore(_entries[child], entry))
                break;

            Put(at, _entries[child]);
            at = child;
        }
        Put(at, entry);
    }

    private void Put(int at, HeapEntry<T> entry)
    {
        _entries[at] = entry;
        entry.Index = at;
    }

    private static bool IsBefore(HeapEntry<T> a, HeapEntry<T> b) => a.Rank.CompareTo(b.Rank) < 0;
}
