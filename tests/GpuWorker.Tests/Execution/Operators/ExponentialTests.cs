using System.Runtime.Intrinsics;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Operators;

namespace Serverless.GpuWorker.Tests.Execution.Operators;

public sealed class ExponentialTests
{
    [Fact]
    public void OfNonPositive_EveryMagnitude_IsWithinTwoUnitsInTheLastPlace()
    {
        for (float x = -86.99f; x <= 0; x += 0.00137f)
        {
            double exact = Math.Exp(x);
            Assert.InRange(Math.Abs(Of(x) - exact) / exact, 0, 2.0 / (1 << 23));
        }
    }

    [Theory]
    [InlineData(0f, 1f)]
    [InlineData(-87.5f, 0f)]
    [InlineData(-1e30f, 0f)]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(float.NaN, float.NaN)]
    public void OfNonPositive_Ends_AreExact(float x, float expected) => Assert.Equal(expected, Of(x));

    private static float Of(float x) => Exponential.OfNonPositive(Vector256.Create(x))[5];
}
