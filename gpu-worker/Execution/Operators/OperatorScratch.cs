using System.Runtime.CompilerServices;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>A thread's scratch memory for operators: grown when needed, gone with the thread.</summary>
internal static unsafe class OperatorScratch
{
    private const int Alignment = 64;

    [ThreadStatic]
    private static byte[]? _buffer, _shared;

    /// <summary>At least <paramref name="bytes"/> bytes, aligned to 64, valid until this thread's next call.</summary>
    public static void* Get(int bytes) => Get(ref _buffer, bytes);

    /// <summary>The same for what an operator hands to the items of its loop, which may call <see cref="Get(int)"/> on this thread too.</summary>
    public static void* GetShared(int bytes) => Get(ref _shared, bytes);

    private static void* Get(ref byte[]? buffer, int bytes)
    {
        if (buffer is null || buffer.Length < bytes + Alignment)
            buffer = GC.AllocateUninitializedArray<byte>(Math.Max(bytes + Alignment, 1 << 16), pinned: true);

        nint start = (nint)Unsafe.AsPointer(ref buffer[0]);
        return (void*)((start + Alignment - 1) & ~(nint)(Alignment - 1));
    }
}
