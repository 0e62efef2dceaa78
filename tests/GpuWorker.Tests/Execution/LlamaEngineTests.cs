using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Execution;

/// <summary>The whole engine on a real graph: checkpoint folder in, tokens out.</summary>
public sealed class LlamaEngineTests
{
    [Fact]
    public async Task GenerateAsync_ManyAtOnce_EachEqualsTheReferenceAlone()
    {
        using var model = new RandomLlama(RandomLlama.Tiny() with { EosTokens = [] }, seed: 31);
        await using var engine = Load(model, maxSequences: 4, blocks: 20);
        var requests = Enumerable.Range(0, 10).Select(i => Request(i, temperature: 0)).ToList();

        int[][] answers = await Task.WhenAll(requests.Select(r => Collect(engine, r)));

        Assert.Equal(requests.Select(r => model.Reference.Greedy(r.PromptTokens, r.MaxTokens)), answers);
    }

    [Fact]
    public async Task GenerateAsync_Sampled_DoesNotDependOnCompanyPreemptionOrPrefixHits()
    {
        using var model = new RandomLlama(RandomLlama.Tiny() with { EosTokens = [] }, seed: 32);
        var requests = Enumerable.Range(0, 12).Select(i => Request(i, temperature: 1)).ToList();
        List<int[]> alone = [];
        await using (var quiet = Load(model, maxSequences: 1, blocks: 60))
        {
            foreach (var request in requests)
                alone.Add(await Collect(quiet, request));
        }

        await using var crowded = Load(model, maxSequences: 8, blocks: 14);
        int[][] together = await Task.WhenAll(requests.Concat(requests).Select(r => Collect(crowded, r)));

        Assert.Equal(alone.Concat(alone), together);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1f)]
    public async Task GenerateAsync_CutAtAnyPointAndResumed_ContinuesAsIfNeverInterrupted(float temperature)
    {
        using var model = new RandomLlama(RandomLlama.Tiny() with { EosTokens = [] }, seed: 33);
        await using var engine = Load(model, maxSequences: 4, blocks: 40);
        var request = Request(3, temperature);
        request = request with { Sampling = request.Sampling with { PresencePenalty = 0.7f, FrequencyPenalty = 0.4f } };
        int[] whole = await Collect(engine, request);
        Assert.NotEqual(whole, await Collect(engine, request with { Sampling = request.Sampling with { PresencePenalty = 0, FrequencyPenalty = 0 } }));

        int[] cuts = [.. Enumerable.Range(0, whole.Length)];
        int[][] rests = await Task.WhenAll(cuts.Select(cut => Collect(engine, request with { PriorTokens = whole[..cut] })));

        Assert.All(cuts, cut => Assert.Equal(whole[cut..], rests[cut]));
    }

    private static LlmEngine Load(RandomLlama model, int maxSequences, int blocks) => LlmEngine.Load(
        new LlmEngineOptions
        {
            CheckpointPath = model.Folder,
            ModelName = "random",
            KvCacheBlocks = blocks,
            BlockSize = 4,
            MaxSequences = maxSequences,
            MaxBatchedTokens = 20,
            Threads = 2,
        },
        TimeProvider.System,
        NullLoggerFactory.Instance);

    private static GenerationRequest Request(int seed, float temperature)
    {
        var random = new Random(seed);
        return new GenerationRequest
        {
            PromptTokens = [1, 5, 9, 13, 17, .. Enumerable.Range(0, 2 + (seed * 2)).Select(_ => random.Next(101))],
            MaxTokens = 16,
            Sampling = new SamplingParameters { Temperature = temperature, Seed = (ulong)seed, TopP = 0.95f, TopK = 50 },
        };
    }

    private static async Task<int[]> Collect(LlmEngine engine, GenerationRequest request) =>
        [.. (await engine.GenerateAsync(request, default).ToListAsync()).Select(t => t.Id)];
}
