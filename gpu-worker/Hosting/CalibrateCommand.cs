using System.Diagnostics;
using System.Globalization;
using Serverless.GpuWorker.Calibration;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Hosting;

/// <summary><c>gpu-worker calibrate</c>.</summary>
internal static class CalibrateCommand
{
    /// <returns>The process's exit code: 0, 1 when the checkpoint, the text or the output is at fault, 2 when an option is wrong.</returns>
    public static int Run(IReadOnlyDictionary<string, string?> settings)
    {
        var (request, error) = CalibrationOptions.Read(settings);
        if (request is null)
        {
            Console.Error.WriteLine(error);
            return 2;
        }

        try
        {
            Calibrate(request);
            return 0;
        }
        catch (Exception e) when (e is CheckpointException or InvalidDataException)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"--output cannot be written: {e.Message}");
            return 1;
        }
    }

    private static void Calibrate(CalibrationRequest request)
    {
        var started = Stopwatch.GetTimestamp();
        var progress = new CalibrationProgress(Console.Error, isTerminal: !Console.IsErrorRedirected, TimeProvider.System);
        var result = Calibrator.Run(request, progress.Advance);
        progress.End();
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{request.Output}: ranges of {result.Ranges.Count} layers out of {result.Tokens} tokens, made in {seconds:F1} s"));
        Console.WriteLine($"largest key {Worst(layer => layer.Keys.Max())}, largest value {Worst(layer => layer.Values.Max())}");

        string Worst(Func<CacheRanges, float> magnitude)
        {
            var (layer, most) = result.Ranges.Select(magnitude).Index().MaxBy(entry => entry.Item);
            return string.Create(CultureInfo.InvariantCulture, $"{most:G4} (layer {layer})");
        }
    }
}
