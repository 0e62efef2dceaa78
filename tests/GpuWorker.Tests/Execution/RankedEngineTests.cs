using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tests.Demo;
using Serverless.GpuWorker.Tests.Reference;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Execution;

/// <summary>The whole engine over several ranks.</summary>
public sealed class RankedEngineTests(DemoLlamaFolder demo) : IClassFixture<DemoLlamaFolder>
{
    [Fact]
    public async Task GenerateAsync_DemoCheckpoint_GivesTheSameTokensWithOneAndTwoRanksAndEitherCache()
    {
        var tokenizer = TokenizerFile.Load(demo.Path);
        int[][] prompts = [.. DemoPrompts.Questions.Take(4).Select(asked => Llama2Chat.EncodeCompletion(tokenizer, DemoPrompts.For(asked, 3)).ToArray())];

        int[][] one = await AnswersAsync(1), two = await AnswersAsync(2);
        int[][] narrow = await AnswersAsync(1, KvCacheFormat.Int8), narrowTwo = await AnswersAsync(2, KvCacheFormat.Int8);

        Assert.All(one, answer => Assert.NotEmpty(answer));
        Assert.Equal(one, two);
        Assert.Equal(one, narrow);
        Assert.Equal(one, narrowTwo);

        async Task<int[][]> AnswersAsync(int ranks, KvCacheFormat format = KvCacheFormat.Float32)
        {
            await using var engine = LlmEngine.Load(
                new LlmEngineOptions { CheckpointPath = demo.Path, ModelName = "demo", Ranks = ranks, KvCacheFormat = format }, TimeProvider.System, NullLoggerFactory.Instance);
            return await Task.WhenAll(prompts.Select(prompt => CollectAsync(engine, prompt, 60)));
        }
    }

    [Fact]
    public async Task GenerateAsync_RankThatFails_FailsTheRequestsAndTheEngineIsNotReady()
    {
        using var model = new RandomLlama(RandomLlama.Tiny() with { EosTokens = [] }, seed: 5);
        var session = RankedLlamaSession.Load(
            new LlamaSessionOptions { CheckpointPath = model.Folder, Blocks = 40, BlockSize = 4, MaxTokens = 20, MaxSequences = 4, Threads = 1 },
            2,
            TimeProvider.System,
            collective => collective.Rank == 1 ? new FaultyCollective(collective, FailTheThirdStep) : collective);
        var options = new LlmEngineOptions { CheckpointPath = model.Folder, ModelName = "random", MaxBatchedTokens = 20, MaxSequences = 4, BlockSize = 4 };
        await using var engine = new LlmEngine(session, options, 40, [], TimeProvider.System, NullLogger<LlmEngine>.Instance);
        Assert.True(engine.GetStatus().IsReady);

        var failures = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => Record.ExceptionAsync(() => CollectAsync(engine, [1, 2, i], 8))));

        Assert.All(failures, failure => Assert.IsType<EngineFailedException>(failure));
        Assert.False(engine.GetStatus().IsReady);
        await Assert.ThrowsAsync<EngineFailedException>(() => CollectAsync(engine, [1, 2], 8));

        // Two sums a layer, two layers.
        static void FailTheThirdStep(int call)
        {
            if (call == 9)
                throw new InvalidOperationException("A fault of a test.");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(16)]
    public void Load_RanksThatAreNotPermitted_SaysWhichAre(int ranks)
    {
        var options = new LlmEngineOptions { CheckpointPath = demo.Path, ModelName = "demo", Ranks = ranks };

        Assert.Contains("1, 2, 4 or 8", Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }

    private static async Task<int[]> CollectAsync(LlmEngine engine, int[] prompt, int maxTokens)
    {
        var request = new GenerationRequest { PromptTokens = prompt, MaxTokens = maxTokens, Sampling = new SamplingParameters { Temperature = 0 } };
        return [.. (await engine.GenerateAsync(request, default).ToListAsync()).Select(token => token.Id)];
    }
}
