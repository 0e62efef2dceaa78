using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Model.Formats;

/// <summary>bfloat16, the upper half of a binary32.</summary>
internal readonly unsafe struct BrainFloat : INarrowFloat
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(ushort* source) => (NarrowFloats.LoadSigned(source) << 16).AsSingle();

    public static float ToSingle(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
