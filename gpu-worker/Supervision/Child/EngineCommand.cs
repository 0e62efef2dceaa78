using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Serverless.GpuWorker.Supervision.Child;

/// <summary>
/// <c>gpu-worker engine</c>, which <c>serve</c> starts and nobody else: one model behind the engine protocol on standard input and output. It has no settings of its own and takes
/// none from its arguments or environment.
/// </summary>
internal static class EngineCommand
{
    public const string Name = "engine";

    /// <returns>The process's exit code: 0 after an orderly end, 1 when the model could not be loaded or the parent broke the protocol.</returns>
    public static int Run()
    {
        CoreDumps.Disable();
        // A Ctrl-C, and some supervisors' SIGTERM, reach every process of a group: only the parent knows when its children are to end.
        using var interrupt = Ignore(PosixSignal.SIGINT);
        using var terminate = Ignore(PosixSignal.SIGTERM);
        using var hangup = Ignore(PosixSignal.SIGHUP);
        var (input, output) = ProtocolStreams.Take();
        using var logs = new LoggerFactory([new StandardErrorLogs()]);
        switch (new ChildHost(input, output, new ChildServices(TimeProvider.System, logs), TimeProvider.System).Run())
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
