using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Model;
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
    public void Open_FileOfScales_IsPartOfTheCheckpointWhereTheCacheIsQuantised(bool isCacheQuantized)
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 3);
        CacheScaleFile.Write(CacheScaleFile.In(model.Folder), [new CacheScale(0.1f, 0.2f), new CacheScale(0.3f, 0.4f)]);
        var format = new CudaFormat { IsCacheQuantized = isCacheQuantized };

        using var checkpoint = CudaLlamaLoader.Open(model.Folder, model.Config, format);
        using var weights = CudaWeights.Load(checkpoint, new LlamaShard(model.Config), format);

        Assert.Equal(isCacheQuantized, checkpoint.Contains(CudaWeightNames.CacheScale(1, 'v')));
        Assert.Equal(
            isCacheQuantized ? [0.1f, 0.2f, 0.3f, 0.4f] : [],
            weights.Tensors.Where(tensor => tensor.Name.EndsWith("_scale", StringComparison.Ordinal)).OrderBy(tensor => tensor.Name, StringComparer.Ordinal).Select(Float));
    }

    [Fact]
    public void Open_QuantisedCacheWithoutScales_NamesTheCommandThatMakesThem()
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 3);

        var error = Assert.Throws<CheckpointException>(() => CudaLlamaLoader.Open(model.Folder, model.Config, new CudaFormat { IsCacheQuantized = true }));

        Assert.Equal(
            $"Worker:KvCacheFormat=int8 with Worker:Device=cuda needs kv-cache-int8.safetensors in the checkpoint's folder: make it with gpu-worker calibrate --checkpoint {model.Folder} --text FILE.",
            error.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Open_ScalesOfAnotherModel_AreRefused(int layers)
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 3);
        CacheScaleFile.Write(CacheScaleFile.In(model.Folder), [.. Enumerable.Repeat(new CacheScale(0.1f, 0.2f), layers)]);

        var error = Assert.Throws<CheckpointException>(() => CudaLlamaLoader.Open(model.Folder, model.Config, new CudaFormat { IsCacheQuantized = true }));

        Assert.StartsWith($"kv-cache-int8.safetensors has {2 * layers} tensors, not the 4 scales of the model", error.Message, StringComparison.Ordinal);
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

        var error = Assert.Throws<CheckpointException>(() => CudaLlamaLoader.Open(model.Folder, model.Config, new CudaFormat { IsCacheQuantized = isCacheQuantized }));

        Assert.Contains("k_scale and 3 more tensors are not part of the model", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(KvCacheFormat.Float32, false, 2 * 2 * 2 * 2 * 16)]
    [InlineData(KvCacheFormat.Int8, true, 2 * 2 * 2 * 16)]
    public void Format_KvCacheFormat_SaysWhatATokenTakes(KvCacheFormat kvCache, bool isCacheQuantized, long bytes)
    {
        var format = CudaLlamaLoader.Format(new LlmEngineOptions { CheckpointPath = "", ModelName = "", KvCacheFormat = kvCache });

        Assert.Equal((isCacheQuantized, bytes), (format.IsCacheQuantized, format.CacheBytesPerToken(CudaModel.Shape())));
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

    private static unsafe float Float(HostTensor tensor) => *(float*)tensor.Data;
}
