using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tests.Conversion;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Demo;

/// <summary>The demo Llama says the same however it is divided and held: a wrong slice, scale or head quotes another sentence.</summary>
public sealed class WideDemoLlamaTests(DemoLlamaFolder demo, WideDemoLlamaFolder wide) : IClassFixture<DemoLlamaFolder>, IClassFixture<WideDemoLlamaFolder>
{
    private const int MaxTokens = 60;

    [Theory]
    [InlineData(WeightFormat.Float32)]
    [InlineData(WeightFormat.Checkpoint)]
    [InlineData(WeightFormat.Int8)]
    public async Task GenerateAsync_AnyRanks_GivesTheSameTokens(WeightFormat format)
    {
        int[][] expected = await AnswersAsync(demo.Path, 1, WeightFormat.Float32);
        Assert.All(expected, answer => Assert.InRange(answer.Length, 3, MaxTokens - 1));
        foreach (int ranks in (int[])[1, 2, 4])
            Assert.Equal(expected, await AnswersAsync(wide.Path, ranks, format));
    }

    [Fact]
    public async Task GenerateAsync_ConvertedForFourRanks_GivesTheSameTokens()
    {
        using var converted = new ConvertedModel();
        converted.Convert(wide.Path, WeightFormat.Int8, ranks: 4);

        Assert.Equal(await AnswersAsync(demo.Path, 1, null), await AnswersAsync(converted.Folder, null, null));
    }

    private static async Task<int[][]> AnswersAsync(string folder, int? ranks, WeightFormat? format)
    {
        var tokenizer = TokenizerFile.Load(folder);
        var prompts = DemoPrompts.Questions.Take(3).Select(asked => Llama2Chat.EncodeCompletion(tokenizer, DemoPrompts.For(asked, 2)).ToArray());
        await using var engine = LlmEngine.Load(
            new LlmEngineOptions { CheckpointPath = folder, ModelName = "demo", Ranks = ranks, WeightFormat = format, KvCacheBytes = 64 << 20 }, TimeProvider.System, NullLoggerFactory.Instance);
        return await Task.WhenAll(prompts.Select(async prompt =>
        {
            var request = new GenerationRequest { PromptTokens = prompt, MaxTokens = MaxTokens, Sampling = new SamplingParameters { Temperature = 0 } };
            return (await engine.GenerateAsync(request, default).ToListAsync()).Select(token => token.Id).ToArray();
        }));
    }
}
