using Serverless.GpuWorker.KvCache;

namespace Serverless.GpuWorker.Tests.KvCache;

public sealed class BlockPoolTests
{
    private static readonly BlockHash Root = BlockHash.Root("secret"u8, "me");

    [Fact]
    public void TryAllocate_MoreThanFree_ChangesNothing()
    {
        var pool = new BlockPool(4);
        List<int> table = [];

        Assert.True(pool.TryAllocate(3, table));
        Assert.False(pool.TryAllocate(2, table));

        Assert.Equal(3, table.Count);
        Assert.Equal(1, pool.Free);
    }

    [Fact]
    public void Find_ReleasedBlock_StaysFindableUntilItIsHandedOut()
    {
        var pool = new BlockPool(2);
        List<int> table = [];
        pool.TryAllocate(1, table);
        int block = table[0];
        pool.Register(block, Root);
        pool.Release(table);

        Assert.Equal(block, pool.Find(Root));

        pool.TryAllocate(2, table);
        Assert.Null(pool.Find(Root));
    }

    [Fact]
    public void TryAllocate_CachedBlocks_EvictsTailsBeforeHeadsAndOldBeforeNew()
    {
        var pool = new BlockPool(4);
        List<int> old = [], recent = [];
        pool.TryAllocate(2, old);
        pool.TryAllocate(2, recent);
        BlockHash oldHead = Root.Next([1]), oldTail = oldHead.Next([2]), newHead = Root.Next([3]), newTail = newHead.Next([4]);
        pool.Register(old[0], oldHead);
        pool.Register(old[1], oldTail);
        pool.Register(recent[0], newHead);
        pool.Register(recent[1], newTail);
        pool.Release(old);
        pool.Release(recent);

        List<bool[]> found = [];
        for (int i = 0; i < 4; i++)
        {
            pool.TryAllocate(1, []);
            found.Add([.. ((BlockHash[])[oldHead, oldTail, newHead, newTail]).Select(h => pool.Find(h) is not null)]);
        }

        Assert.Equal([[true, false, true, true], [false, false, true, true], [false, false, true, false], [false, false, false, false]], found);
    }

    [Fact]
    public void Share_FreeBlock_IsHeldByBothAndFreedByTheLast()
    {
        var pool = new BlockPool(2);
        List<int> first = [];
        pool.TryAllocate(1, first);
        pool.Register(first[0], Root);
        List<int> second = [first[0]];
        pool.Share(first[0]);

        pool.Release(first);
        Assert.Equal(1, pool.Free);
        pool.Release(second);
        Assert.Equal(2, pool.Free);
    }

    [Fact]
    public void Release_MoreOftenThanReferenced_Throws()
    {
        var pool = new BlockPool(2);
        List<int> table = [];
        pool.TryAllocate(1, table);
        List<int> copy = [.. table];
        pool.Release(table);

        Assert.Throws<InvalidOperationException>(() => pool.Release(copy));
    }

    [Fact]
    public void Next_OtherClientTokensOrPrefix_GivesAnotherHash()
    {
        BlockHash[] hashes =
        [
            Root.Next([1, 2]),
            Root.Next([2, 1]),
            Root.Next([1]).Next([2]),
            BlockHash.Root("secret"u8, "you").Next([1, 2]),
            BlockHash.Root("another"u8, "me").Next([1, 2]),
        ];

        Assert.Equal(hashes.Length, hashes.Distinct().Count());
        Assert.Equal(hashes[0], BlockHash.Root("secret"u8, "me").Next([1, 2]));
    }

    [Fact]
    public void RandomOperations_NeverBreakTheInvariants()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var pool = new BlockPool(random.Next(1, 24));
            var tables = new List<List<int>>();
            for (int step = 0; step < 400; step++)
            {
                switch (random.Next(5))
                {
                    case 0:
                        List<int> table = [];
                        if (pool.TryAllocate(random.Next(1, 6), table))
                            tables.Add(table);
                        break;
                    case 1 when tables.Count > 0:
                        int gone = random.Next(tables.Count);
                        pool.Release(tables[gone]);
                        tables.RemoveAt(gone);
                        break;
                    case 2 when tables.Count > 0:
                        var filled = tables[random.Next(tables.Count)];
                        pool.Register(filled[random.Next(filled.Count)], Root.Next([random.Next(10)]));
                        break;
                    case 3:
                        if (pool.Find(Root.Next([random.Next(10)])) is { } hit)
                        {
                            pool.Share(hit);
                            tables.Add([hit]);
                        }
                        break;
                    case 4 when tables.Count > 0:
                        pool.Forget(tables[random.Next(tables.Count)][0]);
                        break;
                }
                Assert.Empty(pool.Snapshot().Violations(tables));
            }
            tables.ForEach(pool.Release);
            Assert.Equal(pool.Total, pool.Free);
        }
    }
}
