using Serverless.GpuWorker.Model;

namespace Serverless.GpuWorker.Tests.Model;

public sealed class VocabularyShardingTests
{
    [Theory]
    [InlineData(32_000, 4096, 2, false, true)]
    [InlineData(32_000, 8192, 8, false, true)]
    [InlineData(32_000, 2048, 4, false, true)]
    [InlineData(32_000, 4096, 1, false, false)]
    [InlineData(32_000, 4096, 2, true, false)]
    [InlineData(32_001, 4096, 2, false, false)]
    [InlineData(32_016, 4096, 2, false, false)]
    [InlineData(512, 64, 2, false, false)]
    public void IsSharded_ByShape(int vocabulary, int hidden, int ranks, bool isTied, bool expected) =>
        Assert.Equal(expected, VocabularySharding.IsSharded(vocabulary, hidden, ranks, isTied));

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void VocabularyRows_OfAllRanks_AreEveryRowOnce(int ranks)
    {
        var config = Reference.RandomLlama.Tiny(4, 1, 8) with { VocabularySize = 128 };
        var shards = Enumerable.Range(0, ranks).Select(rank => new LlamaShard(config, rank, ranks, isVocabularySharded: true));

        Assert.Equal(Enumerable.Range(0, 128), shards.SelectMany(s => Enumerable.Range(s.VocabularyRows.FirstRow, s.VocabularyRows.Rows)));
        Assert.All(shards, shard => Assert.True(shard.HasHead));
    }

    [Theory]
    [InlineData("7b", 4, 8000)]
    [InlineData("tiny", 2, null)]
    public void Plan_LmHead_IsDealtOutWhereItIsLarge(string shape, int ranks, int? rows)
    {
        var config = ModelShape.Find(shape, 64)!;
        var heads = Enumerable.Range(0, ranks)
            .Select(rank => LlamaWeights.Plan(new LlamaShard(config, rank, ranks), WeightFormat.Float16).SingleOrDefault(weight => weight.Name == LlamaWeights.LmHead)).ToList();

        if (rows is null)
            Assert.Equal([config.VocabularySize, null], heads.Select(head => head?.Rows));
        else
            Assert.Equal(Enumerable.Range(0, ranks).Select(rank => new MatrixSlice(rank * rows.Value, rows.Value, 0, config.HiddenSize)), heads.Select(head => head!.Parts[0].Slice));
    }

    [Fact]
    public void Shard_VocabularyThatCannotBeDivided_NamesTheNumbers()
    {
        var error = Assert.Throws<CheckpointException>(() => new LlamaShard(Reference.RandomLlama.Tiny(), 0, 2, isVocabularySharded: true));

        Assert.Equal("The model's vocabulary of 101 tokens cannot be divided among 2 ranks.", error.Message);
    }
}
