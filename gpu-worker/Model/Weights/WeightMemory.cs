using System.Runtime.InteropServices;

namespace Serverless.GpuWorker.Model.Weights;

/// <summary>
/// Native memory for weights. Where Linux gives huge pages to those who ask (madvise(2), MADV_HUGEPAGE), large pieces ask: a step reads every weight once, from the first to the last, and a page of 4 KB ends after
/// 64 cache lines.
/// </summary>
internal static unsafe partial class WeightMemory
{
    private const nuint Line = 64, HugePage = 2 << 20;
    private const int AdviseHugePages = 14;

    /// <param name="bytes">At least 1.</param>
    /// <returns>Aligned to 64 bytes; to be freed with <see cref="Free"/>.</returns>
    public static byte* Allocate(long bytes)
    {
        nuint whole = (nuint)bytes & ~(HugePage - 1);
        var memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, whole > 0 ? HugePage : Line);
        // The last piece, which does not fill a page, keeps small ones. A system without huge pages says so, and the memory is used as it is.
        if (whole > 0 && OperatingSystem.IsLinux())
            _ = Advise(memory, whole, AdviseHugePages);

        return memory;
    }

    public static void Free(void* memory) => NativeMemory.AlignedFree(memory);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
