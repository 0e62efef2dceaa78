using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Supervision.Ranks;
using Serverless.GpuWorker.Tests.Execution;

namespace Serverless.GpuWorker.Tests.Supervision.Ranks;

/// <summary>Every way in which a step of a group of ranks can fail.</summary>
public sealed class RankStepFailureTests
{
    private static readonly TimeSpan Generous = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Run_RankDiedBetweenSteps_FailsAndKillsTheOthers()
    {
        using var setup = new GroupOfRanks(4);
        using var group = await setup.StartAsync();
        var runner = new PagedRunner(group, 64, seed: 1);
        runner.Step((0, [1, 2, 3]));

        setup.Launcher.Children.ElementAt(1).Kill();

        // Nobody asks for a step: the failure is known all the same.
        Assert.Equal("Rank 2 of 4 exited with code 137 (SIGKILL).", await group.Failure.WaitAsync(Generous));
        Assert.Equal("Rank 2 of 4 exited with code 137 (SIGKILL).", Assert.Throws<RankGroupFailedException>(() => runner.Step((0, [4]))).Message);
        var codes = await Task.WhenAll(setup.Launcher.Children.Select(child => child.Exited)).WaitAsync(Generous);
        Assert.Equal([137, 137, 137], codes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_RankDiesWithinAStep_AbortsTheStepAtOnce(bool isInTheGather)
    {
        using var setup = new GroupOfRanks(vocabulary: 128);
        using var group = await setup.StartAsync();
        var runner = new PagedRunner(group, 64, seed: 1);
        runner.Step((0, [1, 2, 3]));
        var release = new ManualResetEventSlim();
        if (isInTheGather) setup.Nccl.BeforeGather = Die;
        else setup.Nccl.BeforeSum = Die;

        // The ranks' clock stands still: no timeout has a part in this.
        var error = await Task.Run(() => Assert.Throws<RankGroupFailedException>(() => runner.Step((0, [4])))).WaitAsync(Generous);

        release.Set();
        Assert.Equal("Rank 1 of 2 exited with code 137 (SIGKILL).", error.Message);
        Assert.Equal(error.Message, await group.Failure.WaitAsync(Generous));

        void Die(int rank)
        {
            if (rank == 0) return;
            setup.Launcher.Children.Single().Kill();
            release.Wait();
        }
    }

    [Fact]
    public async Task Run_RankFailsWithinAStep_SaysWhatItWasWithoutItsWords()
    {
        using var setup = new GroupOfRanks();
        using var group = await setup.StartAsync();
        setup.Nccl.BeforeSum = rank =>
        {
            if (rank == 1) throw new InvalidOperationException("canary");
        };

        var error = await Task.Run(() => Assert.Throws<RankGroupFailedException>(() => new PagedRunner(group, 64, seed: 1).Step((0, [1, 2])))).WaitAsync(Generous);

        Assert.Equal("Rank 1 of 2 failed in a step: OnnxRuntimeException.", error.Message);
        Assert.DoesNotContain("canary", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_RankZeroFailsWithinAStep_KillsTheOthers()
    {
        using var setup = new GroupOfRanks();
        using var group = await setup.StartAsync();
        setup.Nccl.BeforeSum = rank =>
        {
            if (rank == 0) throw new InvalidOperationException("A fault of a test.");
        };

        var error = await Task.Run(() => Assert.Throws<RankGroupFailedException>(() => new PagedRunner(group, 64, seed: 1).Step((0, [1, 2])))).WaitAsync(Generous);

        Assert.Equal("The group of 2 ranks is aborted: Rank 0 failed.", error.Message);
        Assert.Equal(137, await setup.Launcher.Children.Single().Exited.WaitAsync(Generous));
    }

    [Theory]
    [InlineData(new byte[] { 255, 255, 255, 255, 1 }, "A frame has -1 bytes; 1 to 33554432 are permitted.")]
    [InlineData(new byte[] { 1, 0, 0, 0, 66 }, "A frame Token came out of turn.")]
    [InlineData(new byte[] { 1, 0, 0, 0, 73 }, "A frame Joined came out of turn.")]
    [InlineData(new byte[] { 9, 0, 0, 0, 74, 99, 0, 0, 0, 1, 2, 3, 4 }, "A list in a frame RankFailed is longer than the frame.")]
    [InlineData(new byte[] { 9, 0, 0, 0, 74 }, "The stream ends within a frame.")]
    public async Task Run_RankSendsGarbage_EndsTheStepAndTheRank(byte[] garbage, string said)
    {
        using var setup = new GroupOfRanks(2, (_, _) => FakeRank.Joining((frames, output) =>
        {
            frames.TryRead(out _);
            output.Write(garbage);
            if (said.StartsWith("The stream", StringComparison.Ordinal)) return;
            frames.TryRead(out _);
        }));
        using var group = await setup.StartAsync();

        var error = await Task.Run(() => Assert.Throws<RankGroupFailedException>(() => new PagedRunner(group, 64, seed: 1).Step((0, [1, 2])))).WaitAsync(Generous);

        Assert.Equal($"Rank 1 of 2 broke the protocol: {said}", error.Message);
    }

    [Fact]
    public async Task Run_RankStopsReading_EndsAtTheStepsTimeout()
    {
        var never = new ManualResetEventSlim();
        var waiting = new CountdownEvent(1);
        using var setup = new GroupOfRanks(2, (_, _) => FakeRank.Joining((_, _) => never.Wait()));
        setup.Nccl.BeforeSum = _ => waiting.Signal();
        await AssertEndsAtTheTimeoutAsync(setup, waiting);
        never.Set();
    }

    [Fact]
    public async Task Run_RankHangsInTheGather_EndsAtTheStepsTimeout()
    {
        var never = new ManualResetEventSlim();
        var waiting = new CountdownEvent(2);
        using var setup = new GroupOfRanks(vocabulary: 128);
        setup.Nccl.BeforeGather = rank =>
        {
            waiting.Signal();
            if (rank == 1) never.Wait();
        };
        await AssertEndsAtTheTimeoutAsync(setup, waiting);
        never.Set();
    }

    /// <param name="waiting">Set when all who come have come to where the step stays.</param>
    private static async Task AssertEndsAtTheTimeoutAsync(GroupOfRanks setup, CountdownEvent waiting)
    {
        using var group = await setup.StartAsync();
        var step = Task.Run(() => Assert.Throws<RankGroupFailedException>(() => new PagedRunner(group, 64, seed: 1).Step((0, [1, 2]))));
        waiting.Wait();

        setup.Clock.Advance(RankGroup.StepTimeout - TimeSpan.FromSeconds(1));
        Assert.False(group.Failure.IsCompleted);
        setup.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("The group of 2 ranks is aborted: Rank 0: a step took longer than 60 s.", (await step.WaitAsync(Generous)).Message);
        Assert.Equal(137, await setup.Launcher.Children.Single().Exited.WaitAsync(Generous));
    }
}
