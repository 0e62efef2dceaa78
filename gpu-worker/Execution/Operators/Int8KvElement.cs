using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>A signed byte, whose token's scale is multiplied in elsewhere.</summary>
internal readonly unsafe struct Int8KvElement : IKvElement
{
    public static int Bytes => sizeof(sbyte);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadWide(byte* source) =>
        Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)source)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* source)
    {
        if (Avx2.IsSupported)
            return Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32((sbyte*)source));

        var words = Vector128.WidenLower(Vector64.Load((sbyte*)source).ToVector128Unsafe());
        return Vector256.ConvertToSingle(Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words)));
    }
}
