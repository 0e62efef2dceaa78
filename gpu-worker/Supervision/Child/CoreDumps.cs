using System.Runtime.InteropServices;

namespace Serverless.GpuWorker.Supervision.Child;

/// <summary>A dump of an engine would hold prompts: the process asks the system for none. .NET's own are switched off by the environment that it is started with.</summary>
internal static partial class CoreDumps
{
    /// <summary>RLIMIT_CORE, the same number on Linux and macOS.</summary>
    private const int CoreLimit = 4;

    /// <summary>PR_SET_DUMPABLE: unlike the limit it also holds where dumps go to a program through a pipe (core(5)).</summary>
    private const int SetDumpable = 4;

    public static void Disable()
    {
        if (OperatingSystem.IsWindows()) return;
        var none = default(ResourceLimit);
        _ = SetResourceLimit(CoreLimit, in none);
        if (OperatingSystem.IsLinux()) _ = ProcessControl(SetDumpable, 0, 0, 0, 0);
    }

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetResourceLimit(int resource, in ResourceLimit limit);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int ProcessControl(int option, nuint first, nuint second, nuint third, nuint fourth);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct ResourceLimit
    {
        private readonly nuint _soft;
        private readonly nuint _hard;
    }
}
