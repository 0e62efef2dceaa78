namespace Serverless.GpuWorker.Demo;

/// <summary>
/// Nearly orthogonal signs for many stems: words of the dual of the double-error-correcting BCH code of length 64,
/// c_x = (-1)^Tr(ax + bx^3) over GF(64) with x^6 + x + 1. Two of them differ in their inner product by at most 16 of 64
/// (MacWilliams and Sloane, The Theory of Error-Correcting Codes, chapter 9).
/// </summary>
internal static class StemCodes
{
    public const int StemLength = 64;
    public const int VariantLength = 16;

    /// <summary>Stem numbers go from 1 to here.</summary>
    public const int MaxStem = 4095;

    /// <summary>64 signs.</summary>
    public static float[] Stem(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, MaxStem);
        var (a, b) = (number & 63, number >> 6);
        var code = new float[StemLength];
        for (var x = 0; x < StemLength; x++)
            code[x] = Trace(Multiply(a, x) ^ Multiply(b, Multiply(x, Multiply(x, x)))) == 0 ? 1 : -1;
        return code;
    }

    /// <summary>16 signs that tell the tokens of one stem apart: the words of the Reed-Muller code RM(1,4), then random ones.</summary>
    public static float[] Variant(int number)
    {
        var code = new float[VariantLength];
        var random = new Random(number);
        for (var x = 0; x < VariantLength; x++)
        {
            var bit = number < 32 ? number >> 4 ^ int.PopCount(number & 15 & x) : random.Next(2);
            code[x] = (bit & 1) == 0 ? 1 : -1;
        }

        return code;
    }

    /// <summary>A bent word, (-1)^(x0 x1 + x2 x3): equally far from every word of RM(1,4).</summary>
    public static float[] BentVariant()
    {
        var code = new float[VariantLength];
        for (var x = 0; x < VariantLength; x++) code[x] = ((x & x >> 1 & 1) ^ (x >> 2 & x >> 3 & 1)) == 0 ? 1 : -1;
        return code;
    }

    private static int Multiply(int x, int y)
    {
        var product = 0;
        for (var bit = 0; bit < 6; bit++)
        {
            if ((y >> bit & 1) == 1) product ^= x << bit;
        }

        for (var bit = 10; bit >= 6; bit--)
        {
            if ((product >> bit & 1) == 1) product ^= 0b1000011 << (bit - 6);
        }

        return product;
    }

    private static int Trace(int x)
    {
        var sum = 0;
        for (var i = 0; i < 6; i++)
        {
            sum ^= x;
            x = Multiply(x, x);
        }

        return sum;
    }
}
