using Serverless.Benchmarks.Retrieval;
using Serverless.Benchmarks.Speculation;

namespace Serverless.Benchmarks;

internal static class BenchmarkCommand
{
    private const string Usage = "usage: dotnet run -c Release --project tests/Benchmarks -- stack | limits | retrieval | speculation [demo|1b|all] [rounds]";

    /// <returns>The process's exit code: 0, or 2 when it is not understood.</returns>
    public static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["stack"]:
                await StackBenchmark.RunAsync();
                return 0;
            case ["limits"]:
                await LimitsBenchmark.RunAsync();
                return 0;
            case ["retrieval"]:
                await RetrievalBenchmark.RunAsync();
                return 0;
            case ["speculation", .. var rest] when SpeculationBenchmark.Read(rest) is { } benchmark:
                await benchmark.RunAsync();
                return 0;
            default:
                Console.Error.WriteLine(Usage);
                return 2;
        }
    }
}
