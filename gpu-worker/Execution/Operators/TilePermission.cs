using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// Whether this process may use AMX's tiles: the processor has them, and Linux grants their 8 KB of state, which a process must ask for
/// (https://docs.kernel.org/arch/x86/xstate.html). What is granted holds for all threads. The kernel grants nothing that it does not save itself, so XCR0 need not be read.
/// </summary>
internal static partial class TilePermission
{
    private const int TileBit = 1 << 24, Int8Bit = 1 << 25;
    private const long ArchPrctl = 158, RequestPermission = 0x1023, TileData = 18;

    public static bool TryTake() =>
        OperatingSystem.IsLinux() && Avx512BW.X64.IsSupported && (X86Base.CpuId(7, 0).Edx & (TileBit | Int8Bit)) == (TileBit | Int8Bit) && SystemCall(ArchPrctl, RequestPermission, TileData) == 0;

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long SystemCall(long number, long code, long argument);
}
