using System.ComponentModel;
using System.Diagnostics;

namespace Serverless.GpuWorker.Supervision;

/// <summary>A child as a process.</summary>
internal sealed class ChildProcess : IChild
{
    private readonly Process _process;
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <exception cref="IOException">It cannot be started.</exception>
    public ChildProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.Exited += (_, _) => _exited.TrySetResult(_process.ExitCode);
        try
        {
            _process.Start();
        }
        catch (Win32Exception e)
        {
            _process.Dispose();
            throw new IOException(e.Message, e);
        }
    }

    public int ProcessId => _process.Id;

    public Stream Input => _process.StandardInput.BaseStream;

    public Stream Output => _process.StandardOutput.BaseStream;

    public TextReader Log => _process.StandardError;

    public Task<int> Exited => _exited.Task;

    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended by itself.
        }
    }

    public void Dispose() => _process.Dispose();
}
