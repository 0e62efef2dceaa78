namespace Serverless.GpuWorker.Tests.Execution.Cuda;

/// <summary>
/// float8e4m3fn (https://arxiv.org/abs/2209.05433, table 1; https://onnx.ai/onnx/technical/float8.html): a sign, four bits of exponent with bias 7, three of fraction, no
/// infinities, NaN where all but the sign are ones.
/// </summary>
internal static class Float8E4M3
{
    private const byte Sign = 0x80, NaN = 0x7F, Largest = 0x7E;
    private const int Bias = 7, LeastExponent = 1 - Bias, FractionBits = 3, One = 1 << FractionBits;

    private static readonly double[] Values = [.. Enumerable.Range(0, 256).Select(code => Value((byte)code))];

    /// <summary>To the nearest, of two that are as near to the even one; what is beyond the largest becomes that.</summary>
    public static byte FromDouble(double value)
    {
        byte sign = double.IsNegative(value) ? Sign : (byte)0;
        double magnitude = Math.Abs(value);
        if (double.IsNaN(value))
            return (byte)(sign | NaN);

        if (magnitude >= ToDouble(Largest))
            return (byte)(sign | Largest);

        int exponent = magnitude == 0 ? LeastExponent : Math.Max(Math.ILogB(magnitude), LeastExponent);
        // Of eighths of the power of two; what rounds up to the next power carries into the exponent by itself.
        int eighths = (int)Math.Round(Math.ScaleB(magnitude, FractionBits - exponent), MidpointRounding.ToEven);
        return (byte)(sign | (((exponent - LeastExponent) * One) + eighths));
    }

    public static double ToDouble(byte code) => Values[code];

    private static double Value(byte code)
    {
        int exponent = (code >> FractionBits) & 15, fraction = code & (One - 1);
        double magnitude = (code & NaN) == NaN ? double.NaN
            : exponent == 0 ? Math.ScaleB(fraction, LeastExponent - FractionBits)
            : Math.ScaleB(One + fraction, exponent - Bias - FractionBits);
        return (code & Sign) != 0 ? -magnitude : magnitude;
    }
}
