using System.Diagnostics;
using System.Globalization;
using Serverless.GpuWorker.Demo;

namespace Serverless.GpuWorker.Hosting;

/// <summary><c>gpu-worker demo</c>.</summary>
internal static class DemoCommand
{
    private static readonly DemoCheckpoint[] Checkpoints =
    [
        new(DemoLlama.ModelName, folder => DemoLlama.Write(folder)),
        new(DemoInstructor.ModelName, folder => DemoInstructor.Write(folder)),
    ];

    /// <returns>The process's exit code: 0, 1 when the folder cannot be written, 2 when an option is missing.</returns>
    public static int Run(IReadOnlyDictionary<string, string?> settings)
    {
        if (!settings.TryGetValue(CommandOptions.DemoOutput, out var output) || string.IsNullOrEmpty(output))
        {
            Console.Error.WriteLine("demo needs --output DIR.");
            return 2;
        }

        try
        {
            foreach (var checkpoint in Checkpoints)
            {
                var started = Stopwatch.GetTimestamp();
                var made = checkpoint.EnsureIn(output);
                var folder = Path.Combine(output, checkpoint.Name);
                var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);
                Console.WriteLine(made ? $"{folder} made in {seconds} s" : $"{folder} is current");
            }

            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"--output cannot be written: {e.Message}");
            return 1;
        }
    }
}
