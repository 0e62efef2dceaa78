using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Tests.Conversion;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

public sealed class CudaLlamaLoaderTests
{
    [Fact]
    public void Open_ConvertedFolder_AsksForItsSource()
    {
        using var model = new RandomLlama(ConvertedModel.Shape, seed: 3);
        using var converted = ConvertedModel.Of(model, WeightFormat.Int8);

        var error = Assert.Throws<CheckpointException>(() => CudaLlamaLoader.Open(converted.Folder, model.Config, new CudaFormat()));

        Assert.Contains("give the checkpoint that it was made of", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Open_FileOfRanges_IsPartOfTheCheckpointWhereTheCacheIsQuantised(bool isCacheQuantized)
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 3);
        WriteRanges(model.Folder, model.Config);
        var format = new CudaFormat { Cache = isCacheQuantized ? KvCacheFormat.Int8 : KvCacheFormat.Float32 };

        using var checkpoint = CudaLlamaLoader.Open(model.Folder, model.Config, format);
        using var weights = CudaWeights.Load(checkpoint, new LlamaShard(model.Config), format);

        Assert.Equal(isCacheQuantized, checkpoint.Contains(CudaWeightNames.CacheRange(1, 'v')));
        Assert.Equal(isCacheQuantized ? 4 : 0, weights.Tensors.Count(tensor => tensor.Name.EndsWith("_scale", StringComparison.Ordinal)));
    }

    /// <summary>A rank takes the scales of its own heads; a channel without a range takes its head's, a head without any ranges a scale that does no harm.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(4, 3)]
    public void Load_ScalesOfARank_AreThoseOfItsHeads(int ranks, int rank)
    {
        using var model = new RandomLlama(CudaModel.Shape(kvHeads: 4, group: 1, headSize: 8) with { IntermediateSize = 160 }, seed: 3);
        float[] keys = [.. Enumerable.Range(1, 32).Select(i => i % 8 == 5 ? 0f : i)], values = [.. Enumerable.Repeat(0f, 24), .. Enumerable.Repeat(127f, 8)];
        CacheRangeFile.Write(CacheRangeFile.In(model.Folder), model.Config, [new CacheRanges(keys, values), new CacheRanges(values, keys)]);
        var format = new CudaFormat { Cache = KvCacheFormat.Int8 };

        using var checkpoint = CudaLlamaLoader.Open(model.Folder, model.Config, format);
        using var weights = CudaWeights.Load(checkpoint, new LlamaShard(model.Config, rank, ranks, isVocabularySharded: false), format);

        int heads = 4 / ranks;
        float[] expectedKeys = [.. keys.Select((range, i) => (range == 0 ? 8 * ((i / 8) + 1) : range) / 127 * CacheScale.Headroom)], expectedValues = [.. values.Select(range => range == 0 ? 1f / 127 : CacheScale.Headroom)];
        foreach (var (layer, part, expected) in new[] { (0, 'k', expectedKeys), (1, 'v', expectedKeys), (0, 'v', expectedValues) })
        {
            var scales = weights[CudaWeightNames.CacheScale(layer, part)];
            Assert.Equal([heads, 1, 8], scales.Shape);
            Assert.Equal(expected[(rank * heads * 8)..((rank + 1) * heads * 8)], Floats(scales));
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(-1)]
    public void Load_RangeThatIsNone_NamesItsTensor(float range)
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 3);
        var ranges = CacheRanges.Empty(model.Config);
        ranges.Values[17] = range;
        CacheRangeFile.Write(CacheRangeFile.In(model.Folder), model.Config, [ranges, ranges]);
        var format = new CudaFormat { Cache = KvCacheFormat.Int8 };
        using var checkpoint = CudaLlamaLoader.Open(model.Folder, model.Config, format);

        var error = Assert.Throws<CheckpointException>(() => CudaWeights.Load(checkpoint, new LlamaShard(model.Config), format));

        Assert.Equal("model.layers.0.self_attn.v_range must hold finite numbers, 0 or more.", error.Message);
    }

    [Theory]
    [InlineData(false, "")]
    [InlineData(true, " (kv-cache-int8.safetensors, one scale a layer, is no longer read)")]
    public void Open_QuantisedCacheWithoutRanges_NamesTheCommandThatMakesThem(bool hasFormerFile, string former)
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 3);
        if (hasFormerFile)
            SafetensorsWriter.Write(Path.Combine(model.Folder, "kv-cache-int8.safetensors"), [TensorData.FromFloats(CudaWeightNames.CacheScale(0, 'k'), [1], [1])]);

        var error = Assert.Throws<CheckpointException>(() => CudaLlamaLoader.Open(model.Folder, model.Config, new CudaFormat { Cache = KvCacheFormat.Int8 }));

        Assert.Equal(
            $"Worker:KvCacheFormat=int8 with Worker:Device=cuda needs kv-cache-ranges.safetensors in the checkpoint's folder{former}: make it with gpu-worker calibrate --checkpoint {model.Folder} --text FILE.",
            error.Message);
    }

    [Fact]
    public void Open_RangesOfAnotherModel_AreRefused()
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 3);
        foreach (var (config, said) in new[]
        {
            (model.Config with { Layers = 1 }, "kv-cache-ranges.safetensors has 2 tensors, not the 4 ranges of the model"),
            (model.Config with { Layers = 3 }, "kv-cache-ranges.safetensors has 6 tensors, not the 4 ranges of the model"),
            (model.Config with { KvHeads = 4 }, "kv-cache-ranges.safetensors: model.layers.0.self_attn.k_range has shape [4, 16], not the [2, 16] of the model"),
        })
        {
            WriteRanges(model.Folder, config);

            var error = Assert.Throws<CheckpointException>(() => CudaLlamaLoader.Open(model.Folder, model.Config, new CudaFormat { Cache = KvCacheFormat.Int8 }));

            Assert.StartsWith(said, error.Message, StringComparison.Ordinal);
            Assert.Contains("gpu-worker calibrate --checkpoint", error.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A checkpoint's own are commonly those of a float8 cache, another unit.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Open_ScalesAmongTheWeights_AreRefused(bool isCacheQuantized)
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 3, extra: tensors =>
        {
            for (int layer = 0; layer < 2; layer++)
                foreach (char part in "kv")
                    tensors.AddConstant(CudaWeightNames.CacheScale(layer, part), 0.1f);
        });

        var error = Assert.Throws<CheckpointException>(() => CudaLlamaLoader.Open(model.Folder, model.Config, new CudaFormat { Cache = isCacheQuantized ? KvCacheFormat.Int8 : KvCacheFormat.Float32 }));

        Assert.Contains("k_scale and 3 more tensors are not part of the model", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(KvCacheFormat.Float32, 2 * 2 * 2 * 2 * 16)]
    [InlineData(KvCacheFormat.Int8, 2 * 2 * 2 * 16)]
    [InlineData(KvCacheFormat.Float8, 2 * 2 * 2 * 16)]
    public void Format_KvCacheFormat_SaysWhatATokenTakes(KvCacheFormat kvCache, long bytes)
    {
        var format = CudaLlamaLoader.Format(new LlmEngineOptions { CheckpointPath = "", ModelName = "", KvCacheFormat = kvCache });

        Assert.Equal((kvCache, bytes), (format.Cache, format.CacheBytesPerToken(CudaModel.Shape())));
    }

    /// <summary>What start compares with the device's free memory is what the session is given.</summary>
    [Theory]
    [InlineData(WeightFormat.Checkpoint, 1)]
    [InlineData(WeightFormat.Int8, 2)]
    [InlineData(WeightFormat.Int4, 1)]
    public void Bytes_AnyFormat_AreThoseThatAreLoaded(WeightFormat weights, int ranks)
    {
        using var model = new RandomLlama(ConvertedModel.Shape, seed: 3);
        using var checkpoint = Checkpoint.Open(model.Folder);
        var (shard, format) = (new LlamaShard(model.Config, ranks - 1, ranks), new CudaFormat { Weights = weights });
        using var loaded = CudaWeights.Load(checkpoint, shard, format);

        Assert.Equal(loaded.Bytes, CudaPlan.Bytes(shard, format));
    }

    private static void WriteRanges(string folder, LlamaConfig config) =>
        CacheRangeFile.Write(CacheRangeFile.In(folder), config, [.. Enumerable.Range(0, config.Layers).Select(_ => CacheRanges.Empty(config))]);

    private static unsafe float[] Floats(HostTensor tensor) => new ReadOnlySpan<float>((float*)tensor.Data, (int)(tensor.Bytes / sizeof(float))).ToArray();
}
