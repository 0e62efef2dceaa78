using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Tests.Model;

public sealed class VocabularyShardingTests
{
    [Theory]
    [InlineData(32_000, 4096, 2, false, true)]
    [InlineData(32_000, 8192, 8, false, true)]
    [InlineData(32_000, 2048, 4, false, true)]
    [InlineData(32_000, 4096, 1, false, false)]
    [InlineData(32_000, 4096, 2, true, false)]
    [InlineData(32_001, 4096, 2, false, true)]
    [InlineData(32_016, 8192, 8, false, true)]
    [InlineData(32_001, 4096, 2, true, false)]
    [InlineData(100, 1 << 20, 8, false, false)]
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

    /// <summary>Parts are as many rows on each rank, in whole multiples, and leave none out; only the last one's may be another's too.</summary>
    [Fact]
    public void Part_OfAnyVocabulary_CoversItAndOverlapsInTheLastRankAlone()
    {
        var cases =
            from ranks in Gen.Elements(1, 2, 4, 8)
            from vocabulary in Gen.OneOf(Gen.Choose(1, 3000), Gen.Choose(30_000, 70_000))
            select (Vocabulary: vocabulary, Ranks: ranks);
        Prop.ForAll(cases.ToArbitrary(), c => IsDealtOut(c.Vocabulary, c.Ranks)).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
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
        var error = Assert.Throws<CheckpointException>(() => new LlamaShard(Reference.RandomLlama.Tiny(kvHeads: 8, headSize: 8) with { IntermediateSize = 256 }, 0, 8, isVocabularySharded: true));

        Assert.Equal("The model's vocabulary of 101 tokens cannot be divided among 8 ranks in parts of a multiple of 32.", error.Message);
    }

    private static bool IsDealtOut(int vocabulary, int ranks)
    {
        (int First, int Rows)?[] parts = [.. Enumerable.Range(0, ranks).Select(rank => VocabularySharding.Part(vocabulary, ranks, rank))];
        if (parts[0] is not { } first)
            return parts.All(part => part is null) && vocabulary <= ranks * ranks * VocabularySharding.RowMultiple;

        int end = 0;
        for (int rank = 0; rank < ranks; rank++)
        {
            if (parts[rank] is not { } part || part.Rows != first.Rows || part.First < 0 || part.First > end || (rank < ranks - 1 && part.First != end))
                return false;

            end = part.First + part.Rows;
        }
        return end == vocabulary && (first.Rows % VocabularySharding.RowMultiple == 0 || ranks == 1);
    }
}
