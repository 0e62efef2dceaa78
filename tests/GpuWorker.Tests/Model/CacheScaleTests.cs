using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Tests.Model;

public sealed class CacheScaleTests
{
    private static readonly float Top = CacheScale.Top(KvCacheFormat.Int8);

    [Theory]
    [InlineData(KvCacheFormat.Int8, 127)]
    [InlineData(KvCacheFormat.Float8, 448)]
    public void Top_OfAFormat_IsTheLargestThatItStores(KvCacheFormat format, float top) => Assert.Equal(top, CacheScale.Top(format));

    [Fact]
    public void OfHead_AnyRanges_ArePositiveScalesThatCutNothing() => Prop.ForAll(
        Gen.Choose(0, BitConverter.SingleToInt32Bits(float.MaxValue)).Select(BitConverter.Int32BitsToSingle).ArrayOf(8).ToArbitrary(),
        ranges =>
        {
            float[] scales = [.. ranges];
            CacheScale.OfHead(scales, Top);
            return scales.Zip(ranges).All(pair => float.IsNormal(pair.First) && pair.First > 0 && Math.Round(pair.Second / (double)pair.First) <= Top);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    /// <summary>What was never seen to be anything but zero may be something tomorrow.</summary>
    [Theory]
    [InlineData(0f)]
    [InlineData(float.Epsilon)]
    public void OfHead_ChannelOfZeros_HasTheScaleOfTheHeadsLargest(float range)
    {
        float[] scales = [254, range, 127];

        CacheScale.OfHead(scales, Top);

        Assert.Equal([2 * CacheScale.Headroom, 2 * CacheScale.Headroom, CacheScale.Headroom], scales);
    }

    [Fact]
    public void OfHead_NothingButZeros_IsAnyScale()
    {
        float[] scales = [0, float.Epsilon];

        CacheScale.OfHead(scales, Top);

        Assert.Equal([1 / Top, 1 / Top], scales);
    }
}
