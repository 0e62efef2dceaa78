using Serverless.GpuWorker.Benchmarking;

namespace Serverless.GpuWorker.Tests.Benchmarking;

public sealed class BenchPlanTests
{
    private static readonly BenchOptions Options = new() { Batches = [1, 4], Contexts = [100, 1000], Prefill = 300 };

    [Fact]
    public void ContextLength_AnyOptions_HoldsTheLongestStep()
    {
        Assert.Equal(1001, BenchPlan.ContextLength(Options));
        Assert.Equal(301, BenchPlan.ContextLength(Options with { Contexts = [100] }));
        Assert.Equal(41, BenchPlan.ContextLength(Options with { Contexts = [1], Prefill = 1 }));
    }

    /// <summary>Blocks of 32: 4 x 1,000 tokens take 128 of them, 4 x 100 take 16, the prompt 10.</summary>
    [Theory]
    [InlineData(128 * 32, 4, 128)]
    [InlineData((128 * 32) - 1, 3, 32)]
    [InlineData(16 * 32, 2, 16)]
    [InlineData(0, 0, 10)]
    public void Of_CacheThatIsTooLarge_LeavesPairsOut(long mostTokens, int pairs, int blocks)
    {
        var plan = BenchPlan.Of(Options, blockSize: 32, tokenBytes: 7, mostCacheBytes: 7 * mostTokens);

        Assert.Equal((pairs, blocks, 300, 4), (plan.Pairs.Count, plan.Blocks, plan.MaxTokens, plan.MaxSequences));
    }
}
