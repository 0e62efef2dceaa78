using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Serverless.Local.Processes;

/// <summary>Asks a process to end: SIGTERM, then, after a grace, SIGKILL for it and its descendants.</summary>
internal static class Termination
{
    private const int SigTerm = 15;

    /// <param name="process">The process, started with its standard input redirected.</param>
    /// <param name="exited">Completes when the process has exited.</param>
    /// <param name="grace">The time between the signals.</param>
    /// <param name="time">The clock of the grace.</param>
    public static async Task EndAsync(Process process, Task exited, TimeSpan grace, TimeProvider time)
    {
        if (exited.IsCompleted) return;

        // The pipe's end is the agreed sign, and the only one on Windows, that the parent is done with the child.
        process.StandardInput.Close();
        if (!OperatingSystem.IsWindows()) _ = Kill(process.Id, SigTerm);
        using var overdue = new CancellationTokenSource(grace, time);
        await exited.WaitAsync(overdue.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (exited.IsCompleted) return;
        process.Kill(entireProcessTree: true);
        await exited;
    }

    [DllImport("libc", EntryPoint = "kill", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
}
