using System.Diagnostics;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Serverless.Local.CommandLine;
using Serverless.Local.Processes;

namespace Serverless.Local.Stack;

/// <summary>
/// The GPU worker as a child process, serving the demo checkpoints of DIR/models or the ones named on the command line, and the encoder that the samples search with.
/// </summary>
internal sealed record WorkerChild(string Assembly, int Port, string ModelsFolder)
{
    /// <summary>A trained encoder, which comes with the worker (samples/*/routes.json name it).</summary>
    private const string Encoder = "minilm";

    /// <summary>Late interaction over that encoder, which samples/gardening/routes.json names.</summary>
    private const string Reranker = "maxsim:" + Encoder;

    /// <summary>The folder of the Llama that it serves; null: the demo model.</summary>
    public string? Llama { get; init; }

    /// <summary>The folder of the Instructor that it serves; null: the demo model.</summary>
    public string? Instructor { get; init; }

    /// <summary>What requests call the Llama.</summary>
    public string LlamaName => Path.GetFileName(Path.TrimEndingDirectorySeparator(LlamaFolder));

    /// <summary>What requests call the Instructor.</summary>
    public string InstructorName => Path.GetFileName(Path.TrimEndingDirectorySeparator(InstructorFolder));

    public Uri Address => new($"http://127.0.0.1:{Port}");

    /// <summary>Whether those that it serves are there, and the demo's as this worker makes them: another's weights answer otherwise.</summary>
    public bool HasCheckpoints => (Llama is not null && Instructor is not null) || (File.Exists(StampFile) && File.ReadAllText(StampFile) == Stamp());

    private string StampFile => Path.Combine(ModelsFolder, "made-by");

    private string LlamaFolder => Llama ?? Path.Combine(ModelsFolder, "demo-llama");

    private string InstructorFolder => Instructor ?? Path.Combine(ModelsFolder, "demo-instructor");

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
        }.WithoutSecrets())!;
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

        await File.WriteAllTextAsync(Path.Combine(unfinished, Path.GetFileName(StampFile)), Stamp(), cancellationToken);
        if (Directory.Exists(ModelsFolder)) Directory.Delete(ModelsFolder, recursive: true);
        Directory.Move(unfinished, ModelsFolder);
    }

    // Builds of the same source are the same bytes, and have the same id.
    private string Stamp()
    {
        using var file = new PEReader(File.OpenRead(Assembly));
        var metadata = file.GetMetadataReader();
        return metadata.GetGuid(metadata.GetModuleDefinition().Mvid).ToString();
    }

    public ProcessSpec Spec(TimeProvider time) => new()
    {
        Name = "gpu-worker",
        FileName = "dotnet",
        Arguments =
        [
            Assembly, "serve", "--llama", LlamaFolder, "--instructor", InstructorFolder, "--encoder", Encoder, "--reranker", Reranker,
            "--urls", $"http://127.0.0.1:{Port}", "--drain-seconds", "2",
        ],
        StopGrace = TimeSpan.FromSeconds(4),
        Environment = ChildEnvironment.Without(ChildEnvironment.Secrets),

        // Real weights are read, and converted at the first start.
        ReadyTimeout = Llama is null && Instructor is null ? TimeSpan.FromMinutes(2) : TimeSpan.FromHours(1),
        WaitUntilReady = token => HttpReadiness.WaitAsync(new Uri(Address, "health/ready"), time, token),
    };
}
