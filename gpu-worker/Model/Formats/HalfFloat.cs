using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Model.Formats;

/// <summary>IEEE 754 binary16. .NET has none of the processor's own instructions for it.</summary>
internal readonly unsafe struct HalfFloat : INarrowFloat
{
    /// <summary>Sign, and magnitude 13 places up, of a binary16 that has been sign-extended.</summary>
    private const int Bits = unchecked((int)0x8FFFE000);

    /// <summary>Magnitudes from here on, 13 places up, are infinity or NaN.</summary>
    private const int Infinity = 0x7C00 << 13;

    private const int SingleInfinity = 0x7F800000;

    /// <summary>2^(127 - 15): the difference of the exponents' biases.</summary>
    private const float Scale = 5.192296858534828e33f;

    /// <remarks>13 places up a number is 2^-112 of itself, subnormal ones included, and multiplying by a power of two is exact; only infinities and NaN need their exponent back.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(ushort* source)
    {
        var bits = (NarrowFloats.LoadSigned(source) << 13) & Vector256.Create(Bits);
        var special = Vector256.GreaterThanOrEqual(bits & Vector256.Create(int.MaxValue), Vector256.Create(Infinity)) & Vector256.Create(SingleInfinity);
        return ((bits.AsSingle() * Scale).AsInt32() | special).AsSingle();
    }

    public static float ToSingle(ushort bits) => (float)BitConverter.UInt16BitsToHalf(bits);
}
