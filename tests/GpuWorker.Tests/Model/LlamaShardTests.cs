using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Model;

public sealed class LlamaShardTests
{
    [Fact]
    public void Shard_HeadsThatDoNotDivide_NamesTheNumbers()
    {
        var error = Assert.Throws<CheckpointException>(() => new LlamaShard(RandomLlama.Tiny(kvHeads: 2), 0, 4));

        Assert.Contains("2 key-value heads (num_key_value_heads) cannot be divided among 4 ranks", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shard_FewerBlocksThanRanks_NamesTheNumbers()
    {
        var error = Assert.Throws<CheckpointException>(() => new LlamaShard(RandomLlama.Tiny(kvHeads: 4) with { IntermediateSize = 96 }, 0, 4));

        Assert.Contains("intermediate_size, 96, has 3 blocks of 32 channels; 4 ranks need one each", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Llama 2's three sizes divide into equal parts of whole blocks at every number of ranks.</summary>
    [Theory]
    [InlineData(32, 32, 11008)]
    [InlineData(40, 40, 13824)]
    [InlineData(64, 8, 28672)]
    public void Shard_Llama2_DividesEvenly(int heads, int kvHeads, int channels)
    {
        var whole = RandomLlama.Tiny() with { Heads = heads, KvHeads = kvHeads, HeadSize = 128, IntermediateSize = channels };
        foreach (int ranks in (int[])[1, 2, 4, 8])
        {
            var config = new LlamaShard(whole, ranks - 1, ranks).Config;
            Assert.Equal((heads / ranks, kvHeads / ranks, channels / ranks), (config.Heads, config.KvHeads, config.IntermediateSize));
        }
    }

    /// <summary>The ranks' slices follow each other without gap or overlap, in whole blocks where the size has whole blocks.</summary>
    [Fact]
    public void Shard_AnySize_SlicesCoverTheWhole() =>
        Prop.ForAll(Gen.Zip(Gen.Choose(0, 255), Gen.Choose(0, 3)).ToArbitrary(), drawn => Covers(drawn.Item1, 1 << drawn.Item2)).QuickCheckThrowOnFailure();

    private static bool Covers(int size, int ranks)
    {
        int channels = 8 * (size + (ranks * 4));
        var whole = RandomLlama.Tiny(kvHeads: 8) with { IntermediateSize = channels };
        int unit = channels % 32 == 0 ? 32 : 8, row = 0, query = 0;
        for (int rank = 0; rank < ranks; rank++)
        {
            var shard = new LlamaShard(whole, rank, ranks);
            var (up, down, q, o) = (shard.ChannelRows, shard.ChannelColumns, shard.HeadRows(shard.Config.Heads), shard.HeadColumns);
            if (up.FirstRow != row || up.Rows % unit != 0 || up.Rows == 0 || (down.FirstColumn, down.Columns) != (up.FirstRow, up.Rows))
                return false;

            if (q.FirstRow != query || (o.FirstColumn, o.Columns) != (q.FirstRow, q.Rows))
                return false;

            row += up.Rows;
            query += q.Rows;
        }
        return row == channels && query == whole.Heads * whole.HeadSize;
    }
}
