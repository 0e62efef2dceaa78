using System.Runtime.InteropServices;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>Memory of the process that holds machine code: written first, then executable and no longer writable. It stays for as long as the process.</summary>
internal static unsafe partial class ExecutableMemory
{
    private const int Read = 1, Write = 2, Execute = 4;
    private const int Private = 2, Anonymous = 0x20;

    /// <summary>A copy of the code that can be called; 0 where the system permits none (other than Linux, or a policy against it).</summary>
    public static byte* TryLoad(ReadOnlySpan<byte> code)
    {
        if (!OperatingSystem.IsLinux())
            return null;

        nint memory = Map(0, (nuint)code.Length, Read | Write, Private | Anonymous, -1, 0);
        if (memory is 0 or -1)
            return null;

        code.CopyTo(new Span<byte>((void*)memory, code.Length));
        if (Protect(memory, (nuint)code.Length, Read | Execute) == 0)
            return (byte*)memory;

        _ = Unmap(memory, (nuint)code.Length);
        return null;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);
}
