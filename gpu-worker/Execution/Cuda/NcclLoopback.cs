using System.Runtime.InteropServices;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>
/// Ranks are on one machine and find one another over loopback; left to itself NCCL would listen on a network interface. It reads the C library's environment,
/// of which .NET's own is a copy (https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html#nccl-socket-ifname).
/// </summary>
internal static partial class NcclLoopback
{
    public const string Variable = "NCCL_SOCKET_IFNAME";

    /// <summary>The interface of exactly this name.</summary>
    public const string Interface = "=lo";

    private const int Overwrite = 1;

    /// <summary>Holds for this process, whatever it was started with, if NCCL has not been called in it.</summary>
    /// <exception cref="CudaException">There is no memory for it.</exception>
    public static void Require()
    {
        if (SetEnvironment(Variable, Interface, Overwrite) != 0)
            throw new CudaException($"setenv: {Variable} cannot be set ({Marshal.GetLastPInvokeError()}).");
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
