using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

/// <summary>What quantised caches do to the next token's distribution, of random weights, which bounds no trained model's. Ranges are those of other tokens.</summary>
public sealed class CudaCacheTests
{
    [Theory]
    [InlineData(KvCacheFormat.Int8, 2e-3)]
    [InlineData(KvCacheFormat.Float8, 1e-2)]
    public void Run_QuantisedCache_StaysWithinTheStatedDivergence(KvCacheFormat cache, double bound)
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 4);
        CudaModel.Calibrate(model);

        Assert.InRange(Divergence(model, cache), 0, bound);
    }

    /// <summary>A quarter of the keys' channels is 32 times as large, and the queries' as much smaller: the same model, but to a cache with one scale a layer.</summary>
    [Fact]
    public void Run_OutlierChannels_NeedScalesOfTheirOwn()
    {
        using var model = WithOutliers(seed: 4);
        CudaModel.Calibrate(model);
        double perChannel = Divergence(model, KvCacheFormat.Int8);
        CudaModel.Calibrate(model, PerLayer);
        double perLayer = Divergence(model, KvCacheFormat.Int8);

        Assert.InRange(perChannel, 0, 2e-3);
        Assert.InRange(perLayer / perChannel, 10, double.PositiveInfinity);
    }

    /// <summary>What one step writes the next reads, through blocks that lie anywhere, in padded decode steps too.</summary>
    [Theory]
    [InlineData(KvCacheFormat.Int8)]
    [InlineData(KvCacheFormat.Float8)]
    public void Run_ChunksAndDecodes_AreTheWholePrompt(KvCacheFormat cache)
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 7);
        CudaModel.Calibrate(model);
        using var cuda = new CudaModel(model, new CudaFormat { Cache = cache });
        int[] tokens = Tokens(40);
        float[][] whole = new PagedRunner(cuda.Session, CudaModel.Blocks, 1).Step((0, tokens))[0];

        var runner = new PagedRunner(cuda.Session, CudaModel.Blocks, 9);
        List<float[]> parts = [.. runner.Step((0, tokens[..13]))[0], .. runner.Step((0, tokens[13..30]))[0]];
        for (int i = 30; i < tokens.Length; i++)
            parts.AddRange(runner.Step((0, tokens[i..(i + 1)]))[0]);

        Assert.InRange(NextTokenDivergence.Mean([.. whole.Select(row => row.Select(v => (double)v).ToArray())], [.. parts]), -1e-9, 1e-3);
        Assert.True(cuda.Session.Graphs > 0);
    }

    private static double Divergence(RandomLlama model, KvCacheFormat cache)
    {
        using var cuda = new CudaModel(model, new CudaFormat { Cache = cache });
        int[] tokens = Tokens(60);
        return NextTokenDivergence.Mean(model.Reference.Logits(tokens), new PagedRunner(cuda.Session, CudaModel.Blocks, 1).Step((0, tokens))[0]);
    }

    private static int[] Tokens(int count)
    {
        var random = new Random(2);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(101))];
    }

    private static CacheRanges PerLayer(CacheRanges ranges) => new([.. ranges.Keys.Select(_ => ranges.Keys.Max())], [.. ranges.Values.Select(_ => ranges.Values.Max())]);

    /// <summary>Both channels of a rotary pair alike, which keeps the products of queries and keys.</summary>
    private static RandomLlama WithOutliers(int seed)
    {
        var config = CudaModel.Shape();
        int half = config.HeadSize / 2;
        return new RandomLlama(config, seed, extra: tensors =>
        {
            for (int layer = 0; layer < config.Layers; layer++)
            {
                Scale(LlamaWeights.Attention(layer, 'k'), 32f);
                Scale(LlamaWeights.Attention(layer, 'q'), 1 / 32f);
            }

            void Scale(string name, float factor) => tensors.Change(name, (at, value) => (at / config.HiddenSize) % half % 4 == 1 ? value * factor : value);
        });
    }
}
