namespace Serverless.GpuWorker.Scheduling;

/// <summary>An item's place in a <see cref="MinHeap{T}"/>.</summary>
internal sealed class HeapEntry<T>(T item)
{
    public T Item { get; } = item;

    /// <summary>What the heap is ordered by, and what decides among equals.</summary>
    public (long Key, long Order) Rank { get; internal set; }

    /// <summary>Where it is in the heap; -1 when it is in none.</summary>
    public int Index { get; internal set; } = -1;
}
