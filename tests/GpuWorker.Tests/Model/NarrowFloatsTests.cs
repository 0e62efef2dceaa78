using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Operators;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Tests.Model;

public sealed class NarrowFloatsTests
{
    [Fact]
    public void Widen_EveryHalf_IsExact()
    {
        ushort[] halves = [.. Enumerable.Range(0, 65_536).Select(bits => (ushort)bits)];
        var floats = new float[halves.Length];

        NarrowFloats.Widen<HalfFloat>(halves, floats);

        for (int i = 0; i < halves.Length; i++)
        {
            float expected = (float)BitConverter.UInt16BitsToHalf(halves[i]);
            if (float.IsNaN(expected))
                Assert.True(float.IsNaN(floats[i]));
            else
                Assert.Equal(BitConverter.SingleToUInt32Bits(expected), BitConverter.SingleToUInt32Bits(floats[i]));
        }
    }

    [Fact]
    public void Widen_EveryBrainFloat_IsTheUpperHalfOfAFloat()
    {
        ushort[] halves = [.. Enumerable.Range(0, 65_536).Select(bits => (ushort)bits)];
        var floats = new float[halves.Length];

        NarrowFloats.Widen<BrainFloat>(halves, floats);

        Assert.Equal(halves.Select(bits => (uint)bits << 16), floats.Select(BitConverter.SingleToUInt32Bits));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(21)]
    public void Widen_AnyLength_WritesAllAndNoMore(int length)
    {
        ushort[] ones = [.. Enumerable.Repeat((ushort)0x3C00, length)], brainOnes = [.. Enumerable.Repeat((ushort)0x3F80, length)];
        float[] half = [.. Enumerable.Repeat(-1f, length + 1)], brain = [.. half];

        NarrowFloats.Widen<HalfFloat>(ones, half);
        NarrowFloats.Widen<BrainFloat>(brainOnes, brain);

        Assert.Equal([.. Enumerable.Repeat(1f, length), -1], half);
        Assert.Equal(half, brain);
    }

    /// <summary>Widths with and without a tail, columns with and without a rest.</summary>
    [Theory]
    [InlineData(64, 8)]
    [InlineData(77, 7)]
    [InlineData(5, 1)]
    public void OneRow_AnyShape_GivesTheBitsOfWidenedRows(int k, int columns)
    {
        AssertSameBits<HalfFloat>(k, columns, value => BitConverter.HalfToUInt16Bits((Half)value));
        AssertSameBits<BrainFloat>(k, columns, value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16));
    }

    private static unsafe void AssertSameBits<T>(int k, int columns, Func<float, ushort> narrow)
        where T : struct, INarrowFloat
    {
        var random = new Random(k);
        float[] x = [.. Enumerable.Range(0, k).Select(_ => random.NextSingle() - 0.5f)], widened = new float[k * columns], expected = new float[columns], actual = new float[columns];
        ushort[] w = [.. widened.Select(_ => narrow(random.NextSingle() - 0.5f))];
        NarrowFloats.Widen<T>(w, widened);
        fixed (float* px = x, pw = widened, pe = expected, pa = actual)
        fixed (ushort* pn = w)
        {
            DotProducts.Multiply(px, 1, k, pw, columns, k, k, pe, columns);
            NarrowDotProducts.OneRow<T>(px, pn, columns, k, pa);
        }

        Assert.Equal(expected.Select(BitConverter.SingleToUInt32Bits), actual.Select(BitConverter.SingleToUInt32Bits));
    }
}
