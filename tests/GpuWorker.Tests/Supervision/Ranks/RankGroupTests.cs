using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Execution.Cuda.Ranks;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Supervision.Ranks;
using Serverless.GpuWorker.Supervision.Wire;
using Serverless.GpuWorker.Tests.Api;
using Serverless.GpuWorker.Tests.Execution;
using Serverless.GpuWorker.Tests.Execution.Cuda;

namespace Serverless.GpuWorker.Tests.Supervision.Ranks;

/// <summary>Groups of ranks, whole and with every way in which one can fail.</summary>
public sealed class RankGroupTests
{
    private static readonly TimeSpan Generous = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(2, 101)]
    [InlineData(4, 101)]
    [InlineData(2, 128)]
    [InlineData(4, 128)]
    public async Task Run_ChunksAndDecodes_EqualReference(int ranks, int vocabulary)
    {
        using var setup = new GroupOfRanks(ranks, vocabulary: vocabulary);
        int[] tokens = Tokens(20), other = [.. Tokens(13).Reverse()];
        var (expected, expectedOther) = (setup.Model.Reference.Logits(tokens), setup.Model.Reference.Logits(other));
        float[][] rows, otherRows;
        using (var group = await setup.StartAsync())
        {
            Assert.Equal((vocabulary, 96, 16, 6), (group.VocabularySize, group.ContextLength, group.BlockSize, group.TableWidth));
            var runner = new PagedRunner(group, 64, seed: 1);
            var first = runner.Step((0, tokens[..12]));
            var mixed = runner.Step((0, tokens[12..18]), (1, other[..11]));
            var decode = runner.Step((0, tokens[18..19]), (1, other[11..12]));
            var last = runner.Step((0, tokens[19..]), (1, other[12..]));
            rows = [.. first[0], .. mixed[0], .. decode[0], .. last[0]];
            otherRows = [.. mixed[1], .. decode[1], .. last[1]];
        }

        Assert.InRange(Distance(expected, rows), 0, 0.015);
        Assert.InRange(Distance(expectedOther, otherRows), 0, 0.015);
        Assert.Equal(4, setup.Nccl.Gathers.Count);
    }

    /// <summary>What a benchmark runs: no checkpoint, and the same numbers in every process.</summary>
    [Fact]
    public async Task Run_RandomWeights_AreOneModelWhateverTheRanks()
    {
        using var setup = new GroupOfRanks();
        var model = setup.Plan with { Random = new RandomShape("tiny", 64) };
        model = model with { Engine = model.Engine with { CheckpointPath = "" } };
        int[] tokens = [5, 31_999, 17, 256, 9];
        float[] rows, whole;
        using (var group = await RankGroup.StartAsync(model, setup.Loader, setup.Launcher, TimeProvider.System, NullLogger.Instance))
            rows = [.. new PagedRunner(group, 64, seed: 1).Step((0, tokens))[0].SelectMany(row => row)];

        var shard = new LlamaShard(RankWeights.Shape(model));
        var (source, weights) = RankWeights.Load(model, shard, new CudaFormat());
        using (source)
        using (weights)
        {
            var options = CudaLlamaLoader.SessionOptions(model.Engine, new CudaFormat(), 64, 16) with { AttentionDomain = PagedAttentionStandIn.Domain, MaxSampledRows = 64 };
            using var session = new CudaLlamaSession(options, shard, weights, new HostDevice(), addOperators: o => PagedAttentionStandIn.Register(o, KvCacheFormat.Float32));
            whole = [.. new PagedRunner(session, 64, seed: 1).Step((0, tokens))[0].SelectMany(row => row)];
        }

        Assert.InRange(whole.Zip(rows, (e, a) => Math.Abs(e - a)).Max() / whole.Max(Math.Abs), 0, 0.015);
    }

    [Fact]
    public async Task Dispose_Sound_EndsEveryRankInOrderAndIsNoFailure()
    {
        using var setup = new GroupOfRanks(4);
        var group = await setup.StartAsync();
        new PagedRunner(group, 64, seed: 1).Step((0, [1, 2, 3]));

        group.Dispose();

        var codes = await Task.WhenAll(setup.Launcher.Children.Select(child => child.Exited)).WaitAsync(Generous);
        Assert.Equal([0, 0, 0], codes);
        Assert.False(group.Failure.IsCompleted);
    }

    [Fact]
    public async Task StartAsync_RankThatCannotLoad_SaysWhichAndWhyAndLeavesNone()
    {
        using var setup = new GroupOfRanks(4);
        setup.BeforePrepare = assignment =>
        {
            if (assignment.Rank == 2) throw new CudaUnavailableException($"Worker:KvCacheMegabytes: too much for device {assignment.Device}.");
        };

        var error = await Assert.ThrowsAsync<RankGroupFailedException>(() => setup.StartAsync().WaitAsync(Generous));

        Assert.Equal("Rank 2 of 4 cannot start: CudaUnavailableException: Worker:KvCacheMegabytes: too much for device 2.", error.Message);
    }

    [Fact]
    public async Task StartAsync_RankZeroThatCannotLoad_SaysItInItsOwnWordsAndLeavesNone()
    {
        using var setup = new GroupOfRanks();
        setup.BeforePrepare = assignment =>
        {
            if (assignment.Rank == 0) throw new CudaUnavailableException("Worker:Device=cuda: no.");
        };

        Assert.Equal("Worker:Device=cuda: no.", (await Assert.ThrowsAsync<CudaUnavailableException>(() => setup.StartAsync().WaitAsync(Generous))).Message);
    }

    [Fact]
    public async Task StartAsync_DeviceOfRankZeroFails_NamesTheRank()
    {
        using var setup = new GroupOfRanks();
        setup.BeforePrepare = assignment =>
        {
            if (assignment.Rank == 0) throw new CudaException("cudaMalloc: out of memory (2).");
        };

        var error = await Assert.ThrowsAsync<RankGroupFailedException>(() => setup.StartAsync().WaitAsync(Generous));

        Assert.Equal("Rank 0 of 2 cannot start: CudaException: cudaMalloc: out of memory (2).", error.Message);
    }

    [Fact]
    public async Task StartAsync_RankEndsInsteadOfJoining_IsFoundOutBeforeTheTimeout()
    {
        using var setup = new GroupOfRanks(2, (_, _) => FakeRank.Joining((_, _) => { }));
        setup.Nccl.State = () => NcclResult.InProgress;

        var error = await Assert.ThrowsAsync<RankGroupFailedException>(() => setup.StartAsync().WaitAsync(Generous));

        // Rank 0 is left joining; what it made is let go of when it is done.
        setup.Nccl.State = () => NcclResult.Success;
        Assert.Equal("Rank 1 of 2 exited with code 0.", error.Message);
        await WorkerUnderTest.UntilAsync(() => setup.Nccl.Aborts == 1, "rank 0 to leave its group");
    }

    /// <summary>While rank 0 itself still reads its weights.</summary>
    [Fact]
    public async Task StartAsync_ProcessEndsWhileRanksLoad_IsFoundOutAtOnce()
    {
        var release = new ManualResetEventSlim();
        using var setup = new GroupOfRanks(2, (_, _) => new FakeChild((_, _) => 139));
        setup.BeforePrepare = _ => release.Wait();

        var error = await Assert.ThrowsAsync<RankGroupFailedException>(() => setup.StartAsync().WaitAsync(Generous));

        release.Set();
        Assert.Equal("Rank 1 of 2 exited with code 139 (SIGSEGV).", error.Message);
    }

    [Fact]
    public async Task StartAsync_RankThatIsNeverPrepared_IsGivenUpAndNamed()
    {
        using var setup = new GroupOfRanks(2, (_, _) => new FakeChild(FakeRank.Silent));
        var time = new ManualTimeProvider();
        var starting = setup.StartAsync(time);

        // A clock's jump counts once the wait has begun.
        await WorkerUnderTest.UntilAsync(() => Passed(time, starting), "the start to be given up");

        Assert.Equal("Rank 1 of 2 has not read its weights within 600 s after rank 0.", (await Assert.ThrowsAsync<RankGroupFailedException>(() => starting)).Message);
    }

    [Fact]
    public async Task StartAsync_RankOfAnotherVersion_IsRefusedWithBothNumbers()
    {
        using var setup = new GroupOfRanks(2, (_, _) => new FakeChild((_, output) =>
        {
            FakeRank.Say(output, FrameKind.Prepared, writer => writer.Int32(77));
            return 0;
        }));

        var error = await Assert.ThrowsAsync<RankGroupFailedException>(() => setup.StartAsync().WaitAsync(Generous));

        Assert.StartsWith($"Rank 1 of 2 broke the protocol: The other process speaks version 77 of the engine protocol; {LoadFrames.Version} is spoken here.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(FrameKind.Join))]
    [InlineData(nameof(FrameKind.Step))]
    [InlineData(nameof(FrameKind.Submit))]
    public async Task RankHost_FrameOutOfTurn_IsRefused(string kind)
    {
        using var setup = new GroupOfRanks();
        var child = setup.Serving();
        FakeRank.Say(child.Input, Enum.Parse<FrameKind>(kind), _ => { });

        Assert.Equal($"was told what it does not understand: A frame {kind} came out of turn.", Failure(child.Output));
        Assert.Equal(1, await child.Exited.WaitAsync(Generous));
    }

    private static string Failure(Stream output)
    {
        Assert.True(new FrameStream(output).TryRead(out var frame));
        var reader = new FrameReader(frame);
        Assert.Equal(FrameKind.RankFailed, reader.Kind);
        return reader.Text();
    }

    private static bool Passed(ManualTimeProvider time, Task task)
    {
        if (!task.IsCompleted) time.Advance(RankGroup.LoadPatience);
        return task.IsCompleted;
    }

    private static double Distance(double[][] expected, float[][] rows)
    {
        var most = expected.Max(row => row.Max(Math.Abs));
        return expected.Zip(rows, (e, a) => e.Zip(a, (x, y) => Math.Abs(x - y)).Max()).Max() / most;
    }

    private static int[] Tokens(int count) => [.. Enumerable.Range(0, count).Select(i => (7 * i) % 101)];
}
