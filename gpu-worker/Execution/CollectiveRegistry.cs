using System.Collections.Concurrent;

namespace Serverless.GpuWorker.Execution;

/// <summary>How a node finds its group: by a number in its attributes, which is valid while its session is created.</summary>
/// <typeparam name="TGroup">A rank's end of the group.</typeparam>
internal static class CollectiveRegistry<TGroup>
    where TGroup : class
{
    private static readonly ConcurrentDictionary<int, TGroup> Collectives = new();
    private static int _last;

    /// <summary>Calls <paramref name="create"/> with the group's number, or null where there is no group.</summary>
    public static T With<T>(TGroup? collective, Func<int?, T> create)
    {
        if (collective is null)
            return create(null);

        int id = Interlocked.Increment(ref _last);
        Collectives[id] = collective;
        try
        {
            return create(id);
        }
        finally
        {
            Collectives.TryRemove(id, out _);
        }
    }

    public static TGroup Find(int id) =>
        Collectives.TryGetValue(id, out var collective) ? collective : throw new ArgumentException($"There is no group of ranks {id} in this process.");
}
