using System.Diagnostics;

namespace Serverless.FunctionsHost.Worker;

/// <summary>
/// One run of the app's executable as Azure's host starts it. Its standard input is a pipe that this process holds: it closes however the host
/// ends, which the app's start-up hook takes as the sign to end.
/// </summary>
internal sealed class WorkerProcess : IDisposable
{
    /// <summary>An assembly that the app's process loads before its Main; this process's own variable would load it here too.</summary>
    private const string StartupHookVariable = "FunctionsHost__WorkerStartupHook";

    private const int MaxMessage = int.MaxValue;
    private readonly Process _process;

    private WorkerProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public int ExitCode => _process.ExitCode;

    /// <summary>Completes when the process has exited.</summary>
    public Task Exited => _process.WaitForExitAsync();

    /// <param name="appDirectory">The built app; worker.config.json names its assembly.</param>
    /// <param name="assembly">The app's assembly, for example Serverless.Functions.dll.</param>
    /// <param name="protocol">Where this host's FunctionRpc service listens.</param>
    /// <param name="workerId">What the worker calls itself on its stream.</param>
    /// <param name="output">Takes what the worker writes outside its stream: its death cry, mostly.</param>
    public static WorkerProcess Start(string appDirectory, string assembly, Uri protocol, string workerId, Action<string> output)
    {
        var requestId = Guid.NewGuid().ToString();

        // Both forms of the arguments: the worker reads the second, older parts of it the first.
        var start = new ProcessStartInfo("dotnet",
        [
            Path.Combine(appDirectory, assembly),
            "--host", protocol.Host, "--port", $"{protocol.Port}", "--workerId", workerId, "--requestId", requestId, "--grpcMaxMessageLength", $"{MaxMessage}",
            "--functions-uri", protocol.AbsoluteUri, "--functions-worker-id", workerId, "--functions-request-id", requestId, "--functions-grpc-max-message-length", $"{MaxMessage}",
        ])
        {
            WorkingDirectory = appDirectory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated",
                ["FUNCTIONS_APPLICATION_DIRECTORY"] = appDirectory,
                ["FUNCTIONS_WORKER_DIRECTORY"] = appDirectory,
            },
        };
        start.Environment["SERVERLESS_EXIT_WITH_PARENT"] = "1";
        if (Environment.GetEnvironmentVariable(StartupHookVariable) is { Length: > 0 } hook) start.Environment["DOTNET_STARTUP_HOOKS"] = hook;
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new WorkerProcess(process);

        void Keep(string? line)
        {
            if (!string.IsNullOrWhiteSpace(line)) output(line);
        }
    }

    /// <summary>Waits for the process to end by itself, then kills it and its descendants.</summary>
    public async Task EndAsync(TimeSpan grace)
    {
        await _process.WaitForExitAsync().WaitAsync(grace).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_process.HasExited) return;
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    public void Dispose() => _process.Dispose();
}
