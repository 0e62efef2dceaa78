using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Tests.Api;

namespace Serverless.GpuWorker.Tests.Execution;

public sealed class SharedMemoryGroupTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>Whatever the sizes, every rank gets the naive sum in the order of ranks, bit for bit, sum after sum.</summary>
    [Fact]
    public void AllReduce_RandomSizes_GivesEveryRankTheNaiveSum() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), EqualsTheNaiveSum).QuickCheckThrowOnFailure();

    private static bool EqualsTheNaiveSum(int seed)
    {
        var random = new Random(seed);
        int ranks = random.Next(1, 9);
        int[] counts = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(2) == 0 ? random.Next(0, 40) : random.Next(0, 5000))];
        float[][][] parts = [.. counts.Select(count => Enumerable.Range(0, ranks).Select(_ => Vector(random, count)).ToArray())];
        using var group = new SharedMemoryGroup(ranks, 5000, Timeout, TimeProvider.System);
        var sums = new float[counts.Length][][];
        for (int i = 0; i < counts.Length; i++)
            sums[i] = new float[ranks][];

        RunRanks(ranks, rank =>
        {
            for (int i = 0; i < counts.Length; i++)
            {
                // In place and out of place by turns.
                float[] sum = i % 2 == 0 ? [.. parts[i][rank]] : new float[counts[i]];
                group[rank].AllReduce(i % 2 == 0 ? sum : parts[i][rank], sum);
                sums[i][rank] = sum;
            }
        });

        return Enumerable.Range(0, counts.Length).All(i =>
        {
            float[] naive = [.. Enumerable.Range(0, counts[i]).Select(at => parts[i].Skip(1).Aggregate(parts[i][0][at], (sum, part) => sum + part[at]))];
            return sums[i].All(sum => sum.Select(BitConverter.SingleToInt32Bits).SequenceEqual(naive.Select(BitConverter.SingleToInt32Bits)));
        });
    }

    [Fact]
    public void AllReduce_SteadyState_AllocatesNothing()
    {
        const int Ranks = 2;
        using var group = new SharedMemoryGroup(Ranks, 64, Timeout, TimeProvider.System);
        var allocated = new long[Ranks];

        RunRanks(Ranks, rank =>
        {
            var values = new float[64];
            Sum(100);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Sum(500);
            allocated[rank] = GC.GetAllocatedBytesForCurrentThread() - before;

            void Sum(int times)
            {
                for (int i = 0; i < times; i++)
                    group[rank].AllReduce(values, values);
            }
        });

        Assert.All(allocated, bytes => Assert.Equal(0, bytes));
    }

    [Fact]
    public void AllReduce_RankThatNeverComes_AbortsTheGroupWhenTheTimeIsOver()
    {
        var time = new ManualTimeProvider();
        using var group = new SharedMemoryGroup(3, 8, Timeout, time);
        var failures = new Exception?[3];
        var waiting = Start(2, rank => failures[rank] = Record.Exception(() => group[rank].AllReduce(new float[8], new float[8])));

        AdvanceUntilEnded(time, waiting);

        Assert.All(failures[..2], failure => Assert.Contains("Rank 2 did not come within 30 s", Assert.IsType<CollectiveAbortedException>(failure).Message, StringComparison.Ordinal));
        // The one that comes too late learns it as well.
        Assert.Throws<CollectiveAbortedException>(() => group[2].AllReduce(new float[8], new float[8]));
    }

    [Fact]
    public void AllReduce_SlowButWithinTheTimeEachSum_IsNotAborted()
    {
        var time = new ManualTimeProvider();
        using var group = new SharedMemoryGroup(2, 8, Timeout, time);
        var first = Start(1, rank =>
        {
            for (int i = 0; i < 5; i++)
                group[0].AllReduce([1], new float[1]);
        });

        for (int i = 0; i < 5; i++)
        {
            time.Advance(Timeout * 0.9);
            group[1].AllReduce([1], new float[1]);
        }

        AdvanceUntilEnded(time, first);
        Assert.Null(group.Aborted);
    }

    [Fact]
    public void Abort_WhileOthersWait_FailsThemAtOnceWithTheFirstReason()
    {
        var time = new ManualTimeProvider();
        using var group = new SharedMemoryGroup(4, 8, Timeout, time);
        var failures = new Exception?[3];
        var waiting = Start(3, rank => failures[rank] = Record.Exception(() => group[rank].AllReduce(new float[8], new float[8])));

        group[3].Abort("a test says so");
        group[3].Abort("something else");

        Join(waiting);
        Assert.All(failures, failure => Assert.Contains("a test says so", Assert.IsType<CollectiveAbortedException>(failure).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void AllReduce_DifferentLengths_AbortsTheGroup()
    {
        using var group = new SharedMemoryGroup(2, 8, Timeout, TimeProvider.System);
        var failures = new Exception?[2];

        RunRanks(2, rank => failures[rank] = Record.Exception(() => group[rank].AllReduce(new float[4 + rank], new float[4 + rank])));

        Assert.All(failures, failure => Assert.IsType<CollectiveAbortedException>(failure));
    }

    [Fact]
    public void AllReduce_MoreThanTheCapacity_SaysHowMuchIsPermitted()
    {
        using var group = new SharedMemoryGroup(1, 8, Timeout, TimeProvider.System);

        Assert.Contains("at most 8", Assert.Throws<ArgumentException>(() => group[0].AllReduce(new float[9], new float[9])).Message, StringComparison.Ordinal);
    }

    private static float[] Vector(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-6, 7))))];

    private static void RunRanks(int ranks, Action<int> body) => Join(Start(ranks, body));

    private static Thread[] Start(int ranks, Action<int> body)
    {
        Thread[] threads = [.. Enumerable.Range(0, ranks).Select(rank => new Thread(() => body(rank)) { IsBackground = true })];
        foreach (var thread in threads)
            thread.Start();

        return threads;
    }

    private static void Join(Thread[] threads) => Assert.All(threads, thread => Assert.True(thread.Join(TimeSpan.FromSeconds(60)), "A rank hangs."));

    private static void AdvanceUntilEnded(ManualTimeProvider time, Thread[] threads)
    {
        for (int i = 0; i < 60_000 && threads.Any(thread => thread.IsAlive); i++)
        {
            if (!threads[0].Join(1))
                time.Advance(Timeout);
        }
        Join(threads);
    }
}
