using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>A float, as it is.</summary>
internal readonly unsafe struct FloatKvElement : IKvElement
{
    public static int Bytes => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadWide(byte* source) => Vector512.Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* source) => Vector256.Load((float*)source);
}
