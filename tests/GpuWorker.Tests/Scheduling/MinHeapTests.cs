using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Scheduling;

public sealed class MinHeapTests
{
    /// <summary>Additions, removals and new keys in any order: the least is always that of a sorted list beside it.</summary>
    [Fact]
    public void Min_AfterAnyOperations_IsTheLeast() => Prop.ForAll<(byte Operation, short Key, byte At)[]>(operations =>
    {
        var heap = new MinHeap<int>();
        List<HeapEntry<int>> all = [];
        foreach (var (operation, key, at) in operations)
        {
            if (operation % 3 == 0 || all.Count == 0)
            {
                var entry = new HeapEntry<int>(all.Count);
                heap.Add(entry, key, at);
                all.Add(entry);
            }
            else if (operation % 3 == 1)
            {
                var gone = all[at % all.Count];
                all.Remove(gone);
                heap.Remove(gone);
                heap.Remove(gone);
            }
            else
            {
                heap.Rekey(all[at % all.Count], key);
            }
            if (heap.Count != all.Count || heap.Min?.Rank != all.Min(entry => ((long, long)?)entry.Rank))
                return false;
        }
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Add_Twice_IsRefused()
    {
        var heap = new MinHeap<string>();
        var entry = new HeapEntry<string>("once");
        heap.Add(entry, 1, 1);

        Assert.Throws<InvalidOperationException>(() => heap.Add(entry, 2, 2));
    }
}
