using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Serverless.GpuWorker.Model.Formats;

/// <summary>Floats of 16 bits as floats of 32.</summary>
internal static unsafe class NarrowFloats
{
    public const int Lanes = 8;

    /// <exception cref="ArgumentOutOfRangeException">The destination is shorter than the source.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen<T>(ReadOnlySpan<ushort> source, Span<float> destination)
        where T : struct, INarrowFloat
    {
        fixed (ushort* from = source)
        fixed (float* to = destination[..source.Length])
        {
            int i = 0;
            for (; i <= source.Length - Lanes; i += Lanes)
                T.Load(from + i).Store(to + i);

            for (; i < source.Length; i++)
                to[i] = T.ToSingle(from[i]);
        }
    }

    /// <summary>Eight of 16 bits, each sign-extended to 32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadSigned(ushort* source)
    {
        var values = Vector128.Load((short*)source);
        if (Avx2.IsSupported)
            return Avx2.ConvertToVector256Int32(values);

        var (lower, upper) = Vector128.Widen(values);
        return Vector256.Create(lower, upper);
    }
}
