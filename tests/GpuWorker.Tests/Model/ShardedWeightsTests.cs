using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Model;

/// <summary>What a rank holds is what the whole model holds there, bit for bit.</summary>
public sealed class ShardedWeightsTests
{
    [Theory]
    [InlineData(WeightFormat.Int8, 2)]
    [InlineData(WeightFormat.Int4, 1)]
    public void Load_QuantisedSlices_HaveTheBlocksOfTheWhole(WeightFormat format, int planes)
    {
        using var model = new RandomLlama(RandomLlama.Tiny(4, 2, 16) with { HiddenSize = 64, IntermediateSize = 160 }, seed: 3);
        using var checkpoint = Checkpoint.Open(model.Folder);
        using var whole = LlamaWeights.Load(checkpoint, model.Config, format);
        for (int rank = 0; rank < 4; rank++)
        {
            var shard = new LlamaShard(model.Config, rank, 4);
            using var part = LlamaWeights.Load(checkpoint, shard, format, whole);
            foreach (var (name, slice) in ((string, MatrixSlice)[])[(LlamaWeights.Attention(1, 'o'), shard.HeadColumns), (LlamaWeights.Mlp(1, "down"), shard.ChannelColumns)])
                Assert.Equal(Blocks(whole[name], planes, slice.FirstColumn / 32, slice.Columns / 32), Blocks(part[name], planes, 0, slice.Columns / 32));

            foreach (var (name, slice) in ((string, MatrixSlice)[])[(LlamaWeights.Attention(1, 'q'), shard.HeadRows(shard.Config.Heads)), (LlamaWeights.Mlp(1, "up"), shard.ChannelRows)])
            {
                long stripBytes = whole[name].Shape[1];
                var expected = Bytes(whole[name]).AsSpan((int)(slice.FirstRow / PackedLayout.StripColumns * stripBytes), (int)(slice.Rows / PackedLayout.StripColumns * stripBytes));
                Assert.Equal(expected.ToArray(), Bytes(part[name]));
            }
        }
    }

    [Theory]
    [InlineData(TensorType.F32, WeightFormat.Float32)]
    [InlineData(TensorType.F16, WeightFormat.Float32)]
    [InlineData(TensorType.BF16, WeightFormat.Checkpoint)]
    public void Load_UnquantisedSlices_AreTheMatrixesOwn(TensorType type, WeightFormat format)
    {
        using var model = new RandomLlama(RandomLlama.Tiny(4, 2, 8), seed: 3, type);
        using var checkpoint = Checkpoint.Open(model.Folder);
        using var whole = LlamaWeights.Load(checkpoint, model.Config, format);
        for (int rank = 0; rank < 4; rank++)
        {
            var shard = new LlamaShard(model.Config, rank, 4);
            using var part = LlamaWeights.Load(checkpoint, shard, format, whole);
            foreach (var (name, slice) in ((string, MatrixSlice)[])
                [
                    (LlamaWeights.Attention(0, 'k'), shard.HeadRows(shard.Config.KvHeads)), (LlamaWeights.Attention(0, 'o'), shard.HeadColumns),
                    (LlamaWeights.Mlp(0, "gate"), shard.ChannelRows), (LlamaWeights.Mlp(0, "down"), shard.ChannelColumns),
                ])
            {
                int columns = (int)whole[name].Shape[1], size = format == WeightFormat.Checkpoint ? 2 : 4;
                byte[] all = Bytes(whole[name]);
                var expected = Enumerable.Range(slice.FirstRow, slice.Rows)
                    .SelectMany(row => all.AsSpan(((row * columns) + slice.FirstColumn) * size, slice.Columns * size).ToArray());
                Assert.Equal(expected, Bytes(part[name]));
            }
        }
    }

    /// <summary>Some blocks of every strip.</summary>
    private static byte[] Blocks(StoredWeight weight, int planes, int first, int count)
    {
        int block = PackedLayout.BlockBytes(planes);
        return [.. Bytes(weight).Chunk((int)weight.Shape[1]).SelectMany(strip => strip[(first * block)..((first + count) * block)])];
    }

    private static byte[] Bytes(StoredWeight weight) => weight.Value.GetTensorMutableRawData().ToArray();
}
