using System.Diagnostics;
using System.Globalization;
using Serverless.GpuWorker.Demo;

namespace Serverless.GpuWorker.Hosting;

/// <summary><c>gpu-worker demo</c>.</summary>
internal static class DemoCommand
{
    /// <returns>The process's exit code: 0, 1 when the folder cannot be written, 2 when an option is wrong.</returns>
    public static int Run(IReadOnlyDictionary<string, string?> settings)
    {
        var (options, error) = DemoOptions.Read(settings);
        if (options is null)
        {
            Console.Error.WriteLine(error);
            return 2;
        }

        try
        {
            foreach (var checkpoint in Checkpoints(options))
            {
                var started = Stopwatch.GetTimestamp();
                var made = checkpoint.EnsureIn(options.Output);
                var folder = Path.Combine(options.Output, checkpoint.Name);
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

    private static IEnumerable<DemoCheckpoint> Checkpoints(DemoOptions options)
    {
        if (options.Config is null)
        {
            var heads = options.KeyValueHeads;
            yield return new DemoCheckpoint(DemoLlama.ModelName, folder => DemoLlama.Write(folder, keyValueHeads: heads), heads == AttentionLayer.KeyValueHeads ? "" : $", {heads} key-value heads");
            yield return new DemoCheckpoint(DemoInstructor.ModelName, folder => DemoInstructor.Write(folder));
            yield break;
        }

        var random = new RandomCheckpoint(options.Config, options.Type, options.Seed);
        yield return new DemoCheckpoint(options.RandomName, folder => random.Write(folder), $", {options.Type}, seed {options.Seed}", random.Bytes);
    }
}
