using Serverless.GpuWorker.Benchmarking;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;

namespace Serverless.GpuWorker.Hosting;

/// <summary><c>gpu-worker bench</c>.</summary>
internal static class BenchCommand
{
    /// <returns>The process's exit code: 0, 1 when the results cannot be written, 2 when an option is wrong.</returns>
    public static async Task<int> RunAsync(IReadOnlyDictionary<string, string?> settings)
    {
        var (options, error) = BenchOptions.Read(settings);
        if (options is null)
        {
            await Console.Error.WriteLineAsync(error);
            return 2;
        }
        BenchResults report;
        try
        {
            report = await BenchResults.RunAsync(options, Console.Error);
        }
        catch (Exception e) when (e is CudaUnavailableException or RankGroupFailedException)
        {
            await Console.Error.WriteLineAsync(e.Message.Replace("Worker:Device=", "--device ", StringComparison.Ordinal).Replace("Worker:Ranks", "--ranks", StringComparison.Ordinal));
            return 2;
        }
        Console.WriteLine(report.ToTable());
        if (options.JsonPath is null)
            return 0;

        try
        {
            await File.WriteAllTextAsync(options.JsonPath, report.ToJson());
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"--json cannot be written: {e.Message}");
            return 1;
        }
    }
}
