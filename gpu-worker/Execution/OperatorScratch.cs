using System.Runtime.CompilerServices;

namespace Serverless.GpuWorker.Execution;

/// <summary>A thread's scratch memory for operators: grown when needed, gone with the thread.</summary>
internal static unsafe class OperatorScratch
{
    private const int Alignment = 64;

    [ThreadStatic]
    private static byte[]? _buffer;

    /// <summary>At least <paramref name="bytes"/> bytes, aligned to 64, valid until this thread's next call.</summary>
    public static void* Get(int bytes)
    {
        if (_buffer is null || _buffer.Length < bytes + Alignment)
            _buffer = GC.AllocateUninitializedArray<byte>(Math.Max(bytes + Alignment, 1 << 16), pinned: true);

        nint start = (nint)Unsafe.AsPointer(ref _buffer[0]);
        return (void*)((start + Alignment - 1) & ~(nint)(Alignment - 1));
    }
}
