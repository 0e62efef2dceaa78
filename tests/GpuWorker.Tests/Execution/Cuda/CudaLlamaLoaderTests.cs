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

    [Fact]
    public void Open_ScalesOfTheCache_BelongToAQuantisedCacheAlone()
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 3, extra: tensors =>
        {
            for (int layer = 0; layer < 2; layer++)
                foreach (char part in "kv")
                    tensors.AddConstant(CudaWeightNames.CacheScale(layer, part), 0.1f);
        });

        var error = Assert.Throws<CheckpointException>(() => CudaLlamaLoader.Open(model.Folder, model.Config, new CudaFormat()));
        using var checkpoint = CudaLlamaLoader.Open(model.Folder, model.Config, new CudaFormat { IsCacheQuantized = true });

        Assert.Contains("k_scale and 3 more tensors are not part of the model", error.Message, StringComparison.Ordinal);
        Assert.True(checkpoint.Contains(CudaWeightNames.CacheScale(1, 'v')));
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
}
