using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Serverless.GpuWorker.Supervision.Child;

/// <summary>
/// Takes standard input and output for the protocol. What anything else in the process, managed or native, prints on standard output from then on goes to standard error,
/// so that it cannot get between two frames.
/// </summary>
internal static partial class ProtocolStreams
{
    private const int StandardOutput = 1, StandardError = 2;
    private const int SetDescriptorFlags = 2, CloseOnExec = 1;
    private const int WindowsOutput = -11, WindowsError = -12;

    /// <exception cref="IOException">The system refuses.</exception>
    public static (Stream Input, Stream Output) Take()
    {
        var output = OperatingSystem.IsWindows() ? TakeOnWindows() : TakeOnUnix();
        Console.SetOut(Console.Error);
        return (Console.OpenStandardInput(), output);
    }

    private static FileStream TakeOnUnix()
    {
        var own = Duplicate(StandardOutput);
        // A child's child would hold the pipe open beyond the child's end, and the parent would wait for it.
        if (own >= 0 && OperatingSystem.IsLinux()) _ = Control(own, SetDescriptorFlags, CloseOnExec);
        if (own < 0 || Duplicate(StandardError, StandardOutput) < 0) throw new IOException($"Standard output cannot be taken: error {Marshal.GetLastPInvokeError()}.");
        return new FileStream(new SafeFileHandle(own, ownsHandle: true), FileAccess.Write, bufferSize: 0);
    }

    private static Stream TakeOnWindows()
    {
        var own = Console.OpenStandardOutput();
        return SetStandardHandle(WindowsOutput, StandardHandle(WindowsError)) ? own : throw new IOException($"Standard output cannot be taken: error {Marshal.GetLastPInvokeError()}.");
    }

    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)]
    private static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Duplicate(int descriptor, int target);

    /// <summary>Variadic in C: its third argument goes where a fixed one does on Linux, not on macOS.</summary>
    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, int value);

    [LibraryImport("kernel32", EntryPoint = "GetStdHandle")]
    private static partial nint StandardHandle(int number);

    [LibraryImport("kernel32", EntryPoint = "SetStdHandle", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool SetStandardHandle(int number, nint handle);
}
