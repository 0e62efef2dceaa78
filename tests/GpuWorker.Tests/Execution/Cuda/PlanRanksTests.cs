using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Execution.Cuda.Ranks;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Tests.Conversion;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

public sealed class PlanRanksTests
{
    /// <summary>A rank has its heads' part of every block, so all ranks have as many blocks and take one model's memory together.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void PlanRanks_CacheOfAllRanksTogether_IsDividedAlike(int ranks)
    {
        using var model = new RandomLlama(CudaModel.Shape(kvHeads: 4) with { IntermediateSize = 160 }, seed: 3);
        var format = new CudaFormat();
        var engine = new LlmEngineOptions { CheckpointPath = model.Folder, ModelName = "tiny", Device = EngineDevice.Cuda, Ranks = ranks, KvCacheBytes = 4 << 20, MaxSequences = 64 };
        long blockBytes = 256 * format.CacheBytesPerToken(model.Config);

        var plan = CudaLlamaLoader.PlanRanks(engine, model.Config, new byte[RankAssignment.UniqueIdBytes], TimeSpan.FromSeconds(1));

        int blocks = plan.Engine.KvCacheBlocks;
        Assert.Equal((4 << 20) / blockBytes, blocks + 1);
        Assert.Equal(blocks, CudaLlamaLoader.Blocks(engine with { Ranks = 1 }, model.Config, format));
        long cache = 0;
        for (int rank = 0; rank < ranks; rank++)
        {
            var assignment = plan.Of(rank).Assignment;
            Assert.Equal((rank, ranks, rank), (assignment.Rank, assignment.Ranks, assignment.Device));
            var shard = CudaRankLoader.Shard(model.Config, assignment);
            var options = CudaLlamaLoader.SessionOptions(plan.Engine, format, blocks, 256);
            long part = CudaLlamaLoader.DeviceBytes(shard, options) - CudaPlan.Bytes(shard, format);
            Assert.Equal((blocks + 1) * blockBytes / ranks, part);
            cache += part;
        }
        Assert.InRange(cache, 1, engine.KvCacheBytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void WithCache_NoneAskedFor_IsWhatNineTenthsOfTheDevicesHoldBesideTheWeights(int ranks)
    {
        using var model = new RandomLlama(CudaModel.Shape(kvHeads: 4), seed: 3);
        var engine = new LlmEngineOptions { CheckpointPath = model.Folder, ModelName = "tiny", Device = EngineDevice.Cuda, Ranks = ranks, KvCacheBytes = 0 };
        engine.Validate();
        long weights = Enumerable.Range(0, ranks).Max(rank => CudaPlan.Bytes(new LlamaShard(model.Config, rank, ranks), new CudaFormat()));

        Assert.Equal(ranks * ((900L << 20) - weights), CudaLlamaLoader.WithCache(engine, model.Config, () => 1000L << 20).KvCacheBytes);

        var error = Assert.Throws<CudaUnavailableException>(() => CudaLlamaLoader.WithCache(engine, model.Config, () => weights));
        Assert.StartsWith("Worker:WeightFormat: the weights take ", error.Message, StringComparison.Ordinal);
        var asked = engine with { KvCacheBytes = 1 << 20 };
        Assert.Same(asked, CudaLlamaLoader.WithCache(asked, model.Config, () => throw new InvalidOperationException("The device is asked for nothing.")));
    }

    /// <summary>lm_head goes to ranks by the CPU's rule: not where it is small, and in parts of a multiple of 32 rows.</summary>
    [Theory]
    [InlineData("70b", 32_000, 8, 4000)]
    [InlineData("70b", 32_001, 8, 4032)]
    [InlineData("70b", 32_016, 8, 4032)]
    [InlineData("7b", 32_000, 2, 16_000)]
    [InlineData("tiny", 32_000, 2, null)]
    public void Shard_OfAnyRank_HasItsPartOfALargeVocabulary(string shape, int vocabulary, int ranks, int? part)
    {
        var config = ModelShape.Find(shape, 64)! with { VocabularySize = vocabulary };

        var shards = Enumerable.Range(0, ranks).Select(rank => CudaRankLoader.Shard(config, new RankAssignment(rank, ranks, rank, [], TimeSpan.FromSeconds(1)))).ToList();

        var heads = shards.Select(shard => CudaPlan.Weights(shard, new CudaFormat()).SingleOrDefault(weight => weight.Name == LlamaWeights.LmHead)?.Rows ?? 0);
        Assert.Equal(part is { } rows ? Enumerable.Repeat(rows, ranks) : [vocabulary, .. Enumerable.Repeat(0, ranks - 1)], heads);
    }

    [Fact]
    public void PlanRanks_HeadsThatCannotBeDivided_SaysBothNumbers()
    {
        using var model = new RandomLlama(CudaModel.Shape(kvHeads: 2), seed: 3);

        var error = Assert.Throws<CheckpointException>(() => Plan(model.Folder, model.Config, ranks: 4));

        Assert.Contains("2 key-value heads (num_key_value_heads) cannot be divided among 4 ranks", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PlanRanks_ConvertedFolder_AsksForItsSource()
    {
        using var model = new RandomLlama(ConvertedModel.Shape, seed: 3);
        using var converted = ConvertedModel.Of(model, WeightFormat.Int8);

        Assert.Contains("give the checkpoint that it was made of", Assert.Throws<CheckpointException>(() => Plan(converted.Folder, model.Config, ranks: 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PlanRanks_CacheOfTooFewBlocks_NamesTheSettingAndWhatIsEnough()
    {
        using var model = new RandomLlama(CudaModel.Shape(kvHeads: 2), seed: 3);
        var engine = new LlmEngineOptions { CheckpointPath = model.Folder, ModelName = "tiny", Device = EngineDevice.Cuda, Ranks = 2, KvCacheBytes = 1 };

        var error = Assert.Throws<ArgumentException>(() => CudaLlamaLoader.PlanRanks(engine, model.Config, new byte[RankAssignment.UniqueIdBytes], TimeSpan.FromSeconds(1)));

        Assert.StartsWith("Worker:KvCacheMegabytes must be at least 1 with this model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_RanksWithoutAnyoneToStartThem_IsRefused()
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 3);
        var engine = new LlmEngineOptions { CheckpointPath = model.Folder, ModelName = "tiny", Device = EngineDevice.Cuda, Ranks = 2 };

        Assert.StartsWith("Worker:Ranks is 2", Assert.Throws<CudaUnavailableException>(() => CudaLlamaLoader.Load(engine, model.Config, TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    private static RankModel Plan(string folder, LlamaConfig config, int ranks) => CudaLlamaLoader.PlanRanks(
        new LlmEngineOptions { CheckpointPath = folder, ModelName = "tiny", Device = EngineDevice.Cuda, Ranks = ranks }, config, new byte[RankAssignment.UniqueIdBytes], TimeSpan.FromSeconds(1));
}
