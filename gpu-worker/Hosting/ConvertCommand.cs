using System.Diagnostics;
using System.Globalization;
using Serverless.GpuWorker.Conversion;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Hosting;

/// <summary><c>gpu-worker convert</c>.</summary>
internal static class ConvertCommand
{
    /// <returns>The process's exit code: 0, 1 when the source or the output is at fault, 2 when an option is wrong.</returns>
    public static int Run(IReadOnlyDictionary<string, string?> settings)
    {
        try
        {
            if (settings.TryGetValue(CommandOptions.ConvertPrefix + "verify", out var folder)) return Verify(folder!, settings.Count);
            var (request, error) = ConvertOptions.Read(settings);
            if (request is null)
            {
                Console.Error.WriteLine(error);
                return 2;
            }

            Convert(request);
            return 0;
        }
        catch (Exception e) when (e is CheckpointException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(e is CheckpointException ? e.Message : $"--output cannot be written: {e.Message}");
            return 1;
        }
    }

    private static void Convert(ConversionRequest request)
    {
        var started = Stopwatch.GetTimestamp();
        var progress = new ConsoleProgress(Console.Error, isTerminal: !Console.IsErrorRedirected, TimeProvider.System);
        var (manifest, wasThere) = Converter.Run(request, new DiskStorage(), progress);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var gigabytes = manifest.Files.Sum(file => file.Bytes) / 1e9;
        Console.WriteLine(wasThere
            ? $"{request.Output} is complete already"
            : string.Create(CultureInfo.InvariantCulture, $"{request.Output}: {gigabytes:F2} GB, {manifest.Formats()}, {manifest.Ranks} rank(s), made in {seconds:F1} s"));
        foreach (var format in manifest.Accuracy.Formats)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{format.Format}: {format.Matrices} matrices, relative RMS error of the weights {format.RelativeRms:P2}"));
        if (manifest.Accuracy.Worst is [var worst, ..])
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"worst: {worst.Tensor} ({worst.Format}) {worst.RelativeRms:P2}; more in {ConvertedManifest.FileName}"));
    }

    private static int Verify(string folder, int options)
    {
        if (options > 1)
        {
            Console.Error.WriteLine("--verify DIR goes without other options.");
            return 2;
        }

        var manifest = ConvertedFolder.Verify(folder);
        Console.WriteLine($"{folder}: {manifest.Files.Count} files are as they were written");
        return 0;
    }
}
