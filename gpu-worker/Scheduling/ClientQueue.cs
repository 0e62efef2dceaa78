namespace Serverless.GpuWorker.Scheduling;

/// <summary>What waits for one client: the most urgent first, of equals the oldest.</summary>
internal sealed class ClientQueue(string client)
{
    private static readonly Comparer<Sequence> MostUrgentFirst = Comparer<Sequence>.Create(
        (a, b) => (a.Request.Priority, a.Id).CompareTo((b.Request.Priority, b.Id)));

    public string Client { get; } = client;

    public SortedSet<Sequence> Sequences { get; } = new(MostUrgentFirst);
}
