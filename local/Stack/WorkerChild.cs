using System.Diagnostics;
using Serverless.Local.CommandLine;
using Serverless.Local.Processes;

namespace Serverless.Local.Stack;

/// <summary>The GPU worker as a child process, serving the demo checkpoints of DIR/models and the encoder that the samples search with.</summary>
internal sealed record WorkerChild(string Assembly, int Port, string ModelsFolder)
{
    private const string Llama = "demo-llama";
    private const string Instructor = "demo-instructor";

    /// <summary>A trained encoder, which comes with the worker (samples/*/routes.json name it).</summary>
    private const string Encoder = "arctic-xs";

    public Uri Address => new($"http://127.0.0.1:{Port}");

    public bool HasCheckpoints => Directory.Exists(ModelsFolder);

    /// <summary>Makes the demo checkpoints beside their place and moves them there in one step, so that a run that is cut off leaves none by half.</summary>
    /// <exception cref="LocalException">`gpu-worker demo` failed; with its last line.</exception>
    public async Task CreateCheckpointsAsync(CancellationToken cancellationToken)
    {
        var unfinished = ModelsFolder + ".new";
        if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
        using var demo = Process.Start(new ProcessStartInfo("dotnet", [Assembly, "demo", "--output", unfinished])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [SupervisedProcess.ExitWithParentVariable] = "1" },
        })!;
        var output = demo.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = demo.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await demo.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            demo.Kill(entireProcessTree: true);
            throw;
        }

        if (demo.ExitCode != 0 || !Directory.Exists(unfinished))
        {
            var last = (await errors + await output).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "no output";
            throw new LocalException($"The demo checkpoints could not be made: gpu-worker demo exited with code {demo.ExitCode} ({last}).");
        }

        Directory.Move(unfinished, ModelsFolder);
    }

    public ProcessSpec Spec(TimeProvider time) => new()
    {
        Name = "gpu-worker",
        FileName = "dotnet",
        Arguments =
        [
            Assembly, "serve", "--llama", Path.Combine(ModelsFolder, Llama), "--instructor", Path.Combine(ModelsFolder, Instructor), "--encoder", Encoder,
            "--urls", $"http://127.0.0.1:{Port}", "--drain-seconds", "2",
        ],
        StopGrace = TimeSpan.FromSeconds(4),
        ReadyTimeout = TimeSpan.FromMinutes(2),
        WaitUntilReady = token => HttpReadiness.WaitAsync(new Uri(Address, "health/ready"), time, token),
    };
}
