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

        Assert.True(pool.TryAllocate(3, table, Root));
        Assert.False(pool.TryAllocate(2, table, Root));

        Assert.Equal(3, table.Count);
        Assert.Equal(1, pool.Free);
    }

    [Fact]
    public void Find_ReleasedBlock_StaysFindableUntilItIsHandedOut()
    {
        var pool = new BlockPool(2);
        List<int> table = [];
        pool.TryAllocate(1, table, Root);
        int block = table[0];
        pool.Register(block, Root);
        pool.Release(table);

        Assert.Equal(block, pool.Find(Root));

        pool.TryAllocate(2, table, Root);
        Assert.Null(pool.Find(Root));
    }

    [Fact]
    public void TryAllocate_CachedBlocks_EvictsTailsBeforeHeadsAndOldBeforeNew()
    {
        var pool = new BlockPool(4);
        List<int> old = [], recent = [];
        pool.TryAllocate(2, old, Root);
        pool.TryAllocate(2, recent, Root);
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
            pool.TryAllocate(1, [], Root);
            found.Add([.. ((BlockHash[])[oldHead, oldTail, newHead, newTail]).Select(h => pool.Find(h) is not null)]);
        }

        Assert.Equal([[true, false, true, true], [false, false, true, true], [false, false, true, false], [false, false, false, false]], found);
    }

    [Fact]
    public void Share_FreeBlock_IsHeldByBothAndFreedByTheLast()
    {
        var pool = new BlockPool(2);
        List<int> first = [];
        pool.TryAllocate(1, first, Root);
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
        pool.TryAllocate(1, table, Root);
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

    /// <summary>
    /// Several clients, any operations: the pool's counts and lists agree with the tables, and content is lost only where no blank block was
    /// left, from clients over their share as long as those have any, and then the oldest of it.
    /// </summary>
    [Theory]
    [InlineData(1.0)]
    [InlineData(0.5)]
    [InlineData(0.2)]
    public void RandomOperations_KeepTheInvariantsAndTheShares(double share)
    {
        int displacements = 0;
        for (int seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var pool = new BlockPool(random.Next(1, 24), share);
            List<(int Client, List<int> Blocks)> tables = [];
            for (int step = 0; step < 400; step++)
            {
                // The first client is the busiest.
                int client = Math.Max(0, random.Next(-3, 3));
                var own = tables.Where(t => t.Client == client).ToList();
                var content = Client(client).Next([random.Next(10)]);
                switch (random.Next(6))
                {
                    case 0 or 1:
                        var before = pool.Snapshot();
                        List<int> table = [];
                        if (pool.TryAllocate(1, table, Client(client)))
                        {
                            tables.Add((client, table));
                            displacements += AssertDisplacement(before, pool.Snapshot());
                        }
                        break;
                    case 2 when own.Count > 0:
                        var gone = own[random.Next(own.Count)];
                        pool.Release(gone.Blocks);
                        tables.Remove(gone);
                        break;
                    case 3 when own.Count > 0:
                        var filled = own[random.Next(own.Count)].Blocks;
                        pool.Register(filled[random.Next(filled.Count)], content);
                        break;
                    case 4:
                        if (pool.Find(content) is { } hit)
                        {
                            pool.Share(hit);
                            tables.Add((client, [hit]));
                        }
                        break;
                    case 5 when random.Next(4) == 0 && pool.Find(content) is { } distrusted:
                        pool.Forget(distrusted);
                        break;
                }
                Assert.Empty(pool.Snapshot().Violations(tables.Select(t => t.Blocks)));
            }
            tables.ForEach(t => pool.Release(t.Blocks));
            Assert.Equal(pool.Total, pool.Free);
            Assert.Empty(pool.Snapshot().Violations([]));
        }
        Assert.True(displacements > 100);
    }

    [Theory]
    [InlineData(0.5, true)]
    [InlineData(1.0, false)]
    public void TryAllocate_FloodOfOneClient_LeavesTheOthersContentWhereSharesAreBounded(double share, bool survives)
    {
        var pool = new BlockPool(20, share);
        List<int> modest = [];
        pool.TryAllocate(6, modest, Client(1));
        for (int i = 0; i < 6; i++)
            pool.Register(modest[i], Client(1).Next([i]));

        pool.Release(modest);
        for (int i = 0; i < 200; i++)
        {
            List<int> flood = [];
            Assert.True(pool.TryAllocate(3, flood, Client(0)));
            for (int j = 0; j < 3; j++)
                pool.Register(flood[j], Client(0).Next([i, j]));

            pool.Release(flood);
        }

        Assert.Equal(survives, Enumerable.Range(0, 6).All(i => pool.Find(Client(1).Next([i])) is not null));
        // What is over the share is at work still: the flood has all that nobody else needs.
        Assert.Equal(survives ? 14 : 20, Enumerable.Range(0, 200).Sum(i => Enumerable.Range(0, 3).Count(j => pool.Find(Client(0).Next([i, j])) is not null)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    public void Create_ShareOutOfRange_IsRefused(double share) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new BlockPool(4, share));

    private static BlockHash Client(int number) => BlockHash.Root("secret"u8, $"client {number}");

    /// <returns>1 where content was displaced, 0 where not.</returns>
    private static int AssertDisplacement(BlockPoolSnapshot before, BlockPoolSnapshot after)
    {
        int[] lost = [.. before.Index.Where(found => !after.Index.ContainsKey(found.Key)).Select(found => found.Value)];
        if (before.Blank.Count > 0)
        {
            Assert.Empty(lost);
            return 0;
        }
        int[] overShare = [.. before.Idle.Where(block => before.Owners.Single(owner => owner.Client == before.OwnerOf[block]).Blocks > before.ClientLimit)];
        Assert.Equal([overShare.Length > 0 ? overShare[0] : before.Idle[0]], lost);
        return 1;
    }
}
