using FsCheck;
using FsCheck.Fluent;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

public sealed class Float8E4M3Tests
{
    /// <summary>Codes and values of the format's definition.</summary>
    [Theory]
    [InlineData(0x00, 0)]
    [InlineData(0x01, 1.0 / 512)]
    [InlineData(0x07, 7.0 / 512)]
    [InlineData(0x08, 1.0 / 64)]
    [InlineData(0x30, 0.5)]
    [InlineData(0x38, 1)]
    [InlineData(0x39, 1.125)]
    [InlineData(0x3F, 1.875)]
    [InlineData(0x40, 2)]
    [InlineData(0x4E, 7)]
    [InlineData(0x77, 240)]
    [InlineData(0x78, 256)]
    [InlineData(0x7E, 448)]
    [InlineData(0x81, -1.0 / 512)]
    [InlineData(0xB8, -1)]
    [InlineData(0xFE, -448)]
    public void ToDouble_KnownCodes_AreTheirValuesAndBack(byte code, double value)
    {
        Assert.Equal(value, Float8E4M3.ToDouble(code));
        Assert.Equal(code, Float8E4M3.FromDouble(value));
    }

    [Theory]
    [InlineData(1.0625, 1)]
    [InlineData(1.1875, 1.25)]
    [InlineData(1.0626, 1.125)]
    [InlineData(1.9375, 2)]
    [InlineData(1.0 / 1024, 0)]
    [InlineData(3.0 / 1024, 2.0 / 512)]
    [InlineData(15.0 / 1024, 8.0 / 512)]
    [InlineData(432, 448)]
    [InlineData(431, 416)]
    [InlineData(464, 448)]
    [InlineData(1e9, 448)]
    [InlineData(double.PositiveInfinity, 448)]
    [InlineData(double.NegativeInfinity, -448)]
    [InlineData(-1.1875, -1.25)]
    public void FromDouble_BetweenTwoCodes_IsTheNearestThenTheEvenOne(double value, double rounded) => Assert.Equal(rounded, Float8E4M3.ToDouble(Float8E4M3.FromDouble(value)));

    [Theory]
    [InlineData(0x7F)]
    [InlineData(0xFF)]
    public void ToDouble_AllOnes_IsNotANumber(byte code)
    {
        Assert.True(double.IsNaN(Float8E4M3.ToDouble(code)));
        Assert.True(double.IsNaN(Float8E4M3.ToDouble(Float8E4M3.FromDouble(double.NaN))));
    }

    [Fact]
    public void FromDouble_AnyNumber_HasNoNearerCode() => Prop.ForAll(Gen.Choose(-9000, 9000).Select(exponent => Math.Pow(2, exponent / 1000.0)).ToArbitrary(), value =>
    {
        double error = Math.Abs(Float8E4M3.ToDouble(Float8E4M3.FromDouble(value)) - value);
        return Enumerable.Range(0, 0x7F).All(code => Math.Abs(Float8E4M3.ToDouble((byte)code) - value) >= error);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
}
