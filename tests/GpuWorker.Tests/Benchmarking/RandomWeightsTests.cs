using Serverless.GpuWorker.Benchmarking;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Tests.Benchmarking;

public sealed class RandomWeightsTests
{
    [Theory]
    [InlineData(WeightFormat.Int4)]
    [InlineData(WeightFormat.Int8)]
    [InlineData(WeightFormat.Checkpoint)]
    [InlineData(WeightFormat.Float32)]
    public void Load_AnyFormat_GivesAModelWithFiniteLogits(WeightFormat format)
    {
        using var session = Create(format);
        Assert.All(Logits(session), value => Assert.True(float.IsFinite(value)));
    }

    /// <summary>
    /// Kullback-Leibler divergence of the next token's distribution from that of the same model in floats, in nats, mean over positions;
    /// docs/serving/quantisation.md states it.
    /// </summary>
    [Theory]
    [InlineData(WeightFormat.Int8, KvCacheFormat.Float32, 0.001)]
    [InlineData(WeightFormat.Int4, KvCacheFormat.Float32, 0.1)]
    [InlineData(WeightFormat.Float32, KvCacheFormat.Int8, 0.0003)]
    public void Load_Quantised_StaysWithinTheStatedDivergence(WeightFormat format, KvCacheFormat kvCache, double bound)
    {
        Assert.InRange(DivergenceOf(format, kvCache), bound / 1000, bound);
    }

    /// <summary>More matrices in eight bits bring a model nearer to its floats.</summary>
    [Fact]
    public void Load_Mix_LiesBetweenItsFormats()
    {
        double four = DivergenceOf(WeightFormat.Int4), eight = DivergenceOf(WeightFormat.Int8);
        double some = DivergenceOf(Mix("lm_head=int8", "layers.0-1=int8")), most = DivergenceOf(Mix("lm_head=int8", "layers.0-2=int8", "layers.3.down=int8"));

        Assert.True(eight < most && most < some && some < four, $"int8 {eight}, most {most}, some {some}, int4 {four}");

        // Of the products that are computed together one alone in eight bits.
        double apart = DivergenceOf(Mix("layers.0-3.v=int8", "layers.0-3.up=int8", "layers.0-3.down=int8"));
        Assert.InRange(apart, eight, four);

        static WeightFormatMix Mix(params string[] rules) => new(WeightFormat.Int4, [.. rules.Select(rule => WeightFormatRule.Parse(rule)!)]);
    }

    private static double DivergenceOf(WeightFormatMix formats, KvCacheFormat kvCache = KvCacheFormat.Float32)
    {
        using var exact = Create(WeightFormat.Float32);
        using var quantised = Create(formats, kvCache);
        float[] p = Logits(exact), q = Logits(quantised);
        return p.Chunk(exact.VocabularySize).Zip(q.Chunk(exact.VocabularySize), Divergence).Average();
    }

    private static double Divergence(float[] p, float[] q)
    {
        double[] logP = LogSoftMax(p), logQ = LogSoftMax(q);
        return logP.Zip(logQ, (a, b) => Math.Exp(a) * (a - b)).Sum();
    }

    private static double[] LogSoftMax(float[] logits)
    {
        double most = logits.Max(), sum = Math.Log(logits.Sum(l => Math.Exp(l - most)));
        return [.. logits.Select(l => l - most - sum)];
    }

    private static LlamaSession Create(WeightFormatMix formats, KvCacheFormat kvCache = KvCacheFormat.Float32)
    {
        var config = ModelShape.Find("tiny", 64)!;
        using var source = RandomWeights.For(config, seed: 1);
        var options = new LlamaSessionOptions { Blocks = 8, BlockSize = 8, MaxTokens = 24, MaxSequences = 1, MaxSampledRows = 24, Threads = 2, KvCacheFormat = kvCache };
        return new LlamaSession(options, config, LlamaWeights.Load(source, config, formats));
    }

    private static float[] Logits(LlamaSession session)
    {
        const int Count = 24;
        int[] positions = [.. Enumerable.Range(0, Count)];
        return session.Run(new StepInputs
        {
            InputIds = [.. positions.Select(i => (i * 1237) % session.VocabularySize)],
            CumulativeLengths = [0, Count],
            PastLengths = [0],
            BlockTable = [.. Enumerable.Range(0, session.TableWidth).Select(i => i < 8 ? i : -1)],
            SlotMapping = positions,
            SampledRows = positions,
        }).ToArray();
    }

    /// <summary>Random weights have no calibration: a quantised cache gets one range for every channel.</summary>
    [Theory]
    [InlineData(KvCacheFormat.Int8, 127)]
    [InlineData(KvCacheFormat.Float8, 448)]
    public void Load_QuantisedCacheOnCuda_HasScalesOfTheFixedRange(KvCacheFormat cache, float top)
    {
        var config = ModelShape.Find("tiny", 64)!;
        var format = new CudaFormat { Weights = WeightFormat.Int4, Cache = cache };
        using var source = RandomWeights.For(config, seed: 1);
        using var weights = CudaWeights.Load(source, new LlamaShard(config, rank: 1, ranks: 2, isVocabularySharded: false), format);

        var scales = weights[CudaWeightNames.CacheScale(3, 'v')];

        Assert.Equal([1, 1, 64], scales.Shape);
        Assert.All(Floats(scales), scale => Assert.Equal(RandomWeights.CacheRange / top * CacheScale.Headroom, scale));
    }

    private static unsafe float[] Floats(HostTensor tensor) => new ReadOnlySpan<float>((float*)tensor.Data, (int)(tensor.Bytes / sizeof(float))).ToArray();
}
