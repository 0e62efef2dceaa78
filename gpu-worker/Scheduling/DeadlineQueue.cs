namespace Serverless.GpuWorker.Scheduling;

/// <summary>Sequences that have a deadline, the next one first. Logarithmic time an operation.</summary>
internal sealed class DeadlineQueue
{
    private readonly MinHeap<Sequence> _order = new();

    public int Count => _order.Count;

    /// <summary>Takes a sequence in; one without a deadline is ignored, here and in <see cref="Remove"/>.</summary>
    public void Add(Sequence sequence)
    {
        if (sequence.Request.Deadline is { } deadline)
            _order.Add(sequence.DeadlineEntry ??= new HeapEntry<Sequence>(sequence), deadline.Ticks, sequence.Id);
    }

    public void Remove(Sequence sequence)
    {
        if (sequence.DeadlineEntry is { } entry)
            _order.Remove(entry);
    }

    /// <summary>The sequence whose deadline is the earliest of those at or before <paramref name="now"/>; null when there is none.</summary>
    public Sequence? Due(TimeSpan now) => _order.Min is { } first && first.Rank.Key <= now.Ticks ? first.Item : null;
}
