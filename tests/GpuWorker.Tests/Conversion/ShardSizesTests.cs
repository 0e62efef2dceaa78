using Serverless.GpuWorker.Conversion;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Conversion;

public sealed class ShardSizesTests
{
    /// <summary>Parameters as published: 6.74, 13.0 and 69.0 billion; cache by 2 x layers x key-value heads x head size.</summary>
    [Theory]
    [InlineData("7b", 6.738e9, 262_144)]
    [InlineData("13b", 13.016e9, 409_600)]
    [InlineData("70b", 68.977e9, 163_840)]
    public void Of_Llama2_HasItsPublishedSize(string shape, double parameters, long cacheElements)
    {
        var sizes = ShardSizes.Of(ModelShape.Find(shape, 4096)!, WeightFormat.Float16, 1);

        Assert.Equal(2 * parameters, sizes.WeightBytes, 2 * parameters * 1e-3);
        Assert.Equal(cacheElements, sizes.CacheElements);
        Assert.InRange(sizes.WeightBytes - sizes.StepBytes, 2L * 32_000 * 4096, 2L * 32_000 * 8192 * 1.02);
    }

    /// <summary>What is computed is what a conversion writes.</summary>
    [Theory]
    [InlineData(WeightFormat.Int4, 1)]
    [InlineData(WeightFormat.Int8, 4)]
    [InlineData(WeightFormat.Float16, 2)]
    public void Of_AnyShape_IsWhatAConversionWrites(WeightFormat format, int ranks)
    {
        using var model = new RandomLlama(ConvertedModel.Shape, seed: 1, TensorType.F16);
        using var converted = new ConvertedModel();
        var manifest = converted.Convert(model.Folder, format, ranks);

        long written = Enumerable.Range(0, ranks).Max(rank => manifest.Tensors
            .Where(tensor => tensor.File == ConversionLayout.WeightsFile(null) || tensor.File == ConversionLayout.WeightsFile(rank)).Sum(tensor => tensor.Bytes));

        Assert.Equal(written, ShardSizes.Of(model.Config, format, ranks).WeightBytes);
    }

    /// <summary>The table of sizes is of the CPU's layout; a rank's device holds as much, within what the tables of angles take.</summary>
    [Theory]
    [InlineData("7b", WeightFormat.Float16, 8)]
    [InlineData("13b", WeightFormat.Int8, 2)]
    [InlineData("70b", WeightFormat.Float16, 4)]
    [InlineData("70b", WeightFormat.Int4, 8)]
    public void Of_LlamaShapes_IsWhatALargestRankTakesOnCuda(string shape, WeightFormat weights, int ranks)
    {
        var config = ModelShape.Find(shape, 4096)!;
        var format = new CudaFormat { Weights = weights };

        long onDevice = Enumerable.Range(0, ranks).Max(rank => CudaPlan.Bytes(new LlamaShard(config, rank, ranks), format));

        Assert.InRange((double)onDevice / ShardSizes.Of(config, weights, ranks).WeightBytes, 0.998, 1.0);
    }

    [Fact]
    public void Of_Card_CountsTokensAndFloor()
    {
        var sizes = new ShardSizes(1, WeightBytes: 20_000_000_000, StepBytes: 10_000_000_000, CacheElements: 1_000_000);
        var card = new Card("card", 40_000_000_000, 2e12);

        Assert.Equal((4000, 8000, 16_000), (sizes.TokensOn(card, 4), sizes.TokensOn(card, 2), sizes.TokensOn(card, 1)));
        Assert.Equal(0.005, sizes.FloorOn(card), 1e-12);
        Assert.Equal(0, (sizes with { WeightBytes = 36_000_000_001 }).TokensOn(card, 1));
    }

    [Fact]
    public void Write_SeventyBillionOnFourRanks_IsOneRow()
    {
        string[] lines = SizeTable.Write(["70b"], [WeightFormat.Float16], [2, 4]).Split('\n');

        Assert.Equal(4, lines.Length);
        Assert.Contains("| 70b, f16 | 2 | 69.2 GB | 320 / 160 / 80 KiB | does not fit | |", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("| 70b, f16 | 4 | 34.9 GB | 160 / 80 / 40 KiB | 6 k / 13 k / 27 k | 22.0 ms | 226 k / ", lines[3], StringComparison.Ordinal);
    }
}
