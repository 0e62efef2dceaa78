using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Model;

public sealed class BlockQuantizerTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void TryQuantize_RandomRow_ErrsByAtMostOneStep(int bits)
    {
        float[] row = QuantisedMatrix.Random(1, 640, seed: bits)[0];
        var levels = new byte[row.Length];
        var scales = new ushort[row.Length / 32];

        Assert.True(BlockQuantizer.TryQuantize(row, bits, levels, scales));

        for (int i = 0; i < row.Length; i++)
        {
            float scale = BlockQuantizer.ToSingle(scales[i / 32]);
            Assert.InRange(levels[i], 0, (1 << bits) - 1);
            Assert.InRange(MathF.Abs(row[i] - ((levels[i] - BlockQuantizer.ZeroPoint(bits)) * scale)), 0, 1.01f * MathF.Abs(scale));
        }
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1e-45f)]
    [InlineData(-1e-40f)]
    public void TryQuantize_NothingToDivideBy_IsZero(float value)
    {
        var levels = new byte[32];
        var scales = new ushort[1];
        Assert.True(BlockQuantizer.TryQuantize([.. Enumerable.Repeat(value, 32)], 4, levels, scales));
        Assert.All(levels, level => Assert.Equal(8, level));
        Assert.Equal(0, scales[0]);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public unsafe void Quantize_WeightThatIsNotFinite_IsRefusedByName(float value)
    {
        var packed = new byte[new PackedLayout(20, 32, 8).Bytes];
        fixed (byte* destination = packed)
        {
            byte* target = destination;
            var error = Assert.Throws<CheckpointException>(() => PackedMatrix.Quantize("gate", new PackedLayout(20, 32, 8), (row, values) => values.Fill(row == 18 ? value : 1), target));
            Assert.Contains("gate: row 18", error.Message, StringComparison.Ordinal);
        }
    }
}
