using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Calibration;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tests.Demo;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

/// <summary>
/// The demo Llama over quantised caches: its hand-set keys reach 769 in some channels and 2 in others, which one scale a layer cannot hold. Matrices are int8, which changes no answer
/// and is quicker on a CPU than float16.
/// </summary>
public sealed class CudaDemoTests(DemoLlamaFolder demo) : IClassFixture<DemoLlamaFolder>
{
    private const int MaxTokens = 60, Questions = 6, CalibrationTokens = 512, Blocks = 16, BlockSize = 128;

    [Fact]
    public async Task GenerateAsync_QuantisedCache_QuotesAsWithout()
    {
        var tokenizer = TokenizerFile.Load(demo.Path);
        int[][] prompts = [.. DemoPrompts.Questions.Take(Questions).Select(asked => Llama2Chat.EncodeCompletion(tokenizer, DemoPrompts.For(asked, 1)).ToArray())];
        string text = Path.Combine(demo.Path, "text.txt");
        // Other questions than are asked, of other documents' passages in part.
        File.WriteAllText(text, string.Join('\n', DemoPrompts.Questions.Skip(Questions).Select(asked => DemoPrompts.For(asked, 2))));
        Calibrator.Run(new CalibrationRequest(demo.Path, text, CalibrationTokens, CacheRangeFile.In(demo.Path)), (_, _) => { });

        int[][] expected = await CpuAsync(prompts);

        Assert.All(expected, answer => Assert.InRange(answer.Length, 3, MaxTokens - 1));
        // Two passages may lie so close that eight bits decide otherwise: for one question of the six at most.
        foreach (var cache in (KvCacheFormat[])[KvCacheFormat.Int8, KvCacheFormat.Float8])
        {
            int[][] answers = await CudaAsync(prompts, cache);
            Assert.InRange(answers.Zip(expected).Count(pair => pair.First.SequenceEqual(pair.Second)), Questions - 1, Questions);
        }
    }

    private async Task<int[][]> CpuAsync(int[][] prompts)
    {
        await using var engine = LlmEngine.Load(
            new LlmEngineOptions { CheckpointPath = demo.Path, ModelName = "demo", KvCacheBytes = 64 << 20 }, TimeProvider.System, NullLoggerFactory.Instance);
        return await AnswersAsync(engine, prompts);
    }

    private async Task<int[][]> CudaAsync(int[][] prompts, KvCacheFormat cache)
    {
        var format = new CudaFormat { Cache = cache, Weights = WeightFormat.Int8 };
        var config = LlamaConfig.Read(demo.Path);
        var shard = new LlamaShard(config);
        using var checkpoint = CudaLlamaLoader.Open(demo.Path, config, format);
        using var weights = CudaWeights.Load(checkpoint, shard, format);
        var engineOptions = new LlmEngineOptions { CheckpointPath = demo.Path, ModelName = "demo", KvCacheBlocks = Blocks, BlockSize = BlockSize };
        var options = CudaLlamaLoader.SessionOptions(engineOptions, format, Blocks, BlockSize) with { AttentionDomain = PagedAttentionStandIn.Domain };
        var session = new CudaLlamaSession(options, shard, weights, new HostDevice(), addOperators: o => PagedAttentionStandIn.Register(o, cache));
        await using var engine = new LlmEngine(session, engineOptions, Blocks, config.EosTokens, TimeProvider.System, NullLogger<LlmEngine>.Instance);
        return await AnswersAsync(engine, prompts);
    }

    private static Task<int[][]> AnswersAsync(LlmEngine engine, int[][] prompts) => Task.WhenAll(prompts.Select(async prompt =>
    {
        var request = new GenerationRequest { PromptTokens = prompt, MaxTokens = MaxTokens, Sampling = new SamplingParameters { Temperature = 0 } };
        return (await engine.GenerateAsync(request, default).ToListAsync()).Select(token => token.Id).ToArray();
    }));
}
