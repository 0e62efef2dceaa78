using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>Vectors of 256 bits, or what the machine has in their place.</summary>
internal readonly unsafe struct FloatVectors256 : IFloatVectors<Vector256<float>>
{
    public static int Lanes => Vector256<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Create(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load<TElement>(byte* source)
        where TElement : struct, IKvElement => TElement.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> vector, float* destination) => vector.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> FusedMultiplyAdd(Vector256<float> x, Vector256<float> y, Vector256<float> sum) => Vector256.FusedMultiplyAdd(x, y, sum);
}
