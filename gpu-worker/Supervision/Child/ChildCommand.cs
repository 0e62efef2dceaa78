using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Serverless.GpuWorker.Supervision.Child;

/// <summary>What every child's process is, whatever it does: no dumps, no signals, the protocol on standard input and output, and an end with its parent.</summary>
internal static class ChildCommand
{
    /// <param name="live">Lives on the protocol's input and output, to the end.</param>
    /// <returns>The process's exit code: 0 after an orderly end, 1 when the model could not be loaded or the parent broke the protocol.</returns>
    public static int Run(Func<Stream, Stream, ILoggerFactory, ChildEnd> live)
    {
        CoreDumps.Disable();
        // A Ctrl-C, and some supervisors' SIGTERM, reach every process of a group: only the parent knows when its children are to end.
        using var interrupt = Ignore(PosixSignal.SIGINT);
        using var terminate = Ignore(PosixSignal.SIGTERM);
        using var hangup = Ignore(PosixSignal.SIGHUP);
        var (input, output) = ProtocolStreams.Take();
        using var logs = new LoggerFactory([new StandardErrorLogs()]);
        switch (live(input, output, logs))
        {
            case ChildEnd.Orderly:
                return 0;
            case ChildEnd.ParentGone:
                // Nobody is left to answer, and native code may be in the middle of a step: nothing here is worth waiting for.
                Process.GetCurrentProcess().Kill();
                return 1;
            default:
                return 1;
        }
    }

    private static PosixSignalRegistration Ignore(PosixSignal signal) => PosixSignalRegistration.Create(signal, context => context.Cancel = true);
}
