using System.Globalization;
using Serverless.Benchmarks.EnginePeers;
using Serverless.Benchmarks.Gateway;
using Serverless.Benchmarks.Ingestion;
using Serverless.Benchmarks.Kernels;
using Serverless.Benchmarks.Retrieval;
using Serverless.Benchmarks.Speculation;

namespace Serverless.Benchmarks;

internal static class BenchmarkCommand
{
    private const string Usage = "usage: dotnet run -c Release --project tests/Benchmarks -- stack | limits | gateway | gateway-code [rounds] | gateway-memory [requests] | routes [count] | retrieval | refusals | search | ingestion [documents] | ingestion-small documents [chunks] | ingestion-memory | kills rounds hosts busy-threads seed | products [rounds] | engine-peers [rounds] [threads] [int4|int8|all] [llamasharp] | encoder-peers [rounds] | speculation [demo|1b|all] [rounds]";

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
            case ["gateway"]:
                await GatewayBenchmark.RunAsync();
                return 0;
            case ["routes", .. var rest] when rest.Length <= 1:
                await RoutesBenchmark.RunAsync(rest.Length == 0 ? 10_000 : Number(rest[0]));
                return 0;
            case ["gateway-code", .. var rest] when rest.Length <= 1:
                await CodeBenchmark.RunAsync(rest.Length == 0 ? 5 : Number(rest[0]));
                return 0;
            case ["gateway-memory", .. var rest] when rest.Length <= 1:
                await CodeBenchmark.MemoryAsync(rest.Length == 0 ? 200_000 : Number(rest[0]));
                return 0;
            case ["gateway-upstream", var port]:
                MeasuredProcess.EndWithStarter();
                await FixedUpstream.RunAsync(Number(port));
                return 0;
            case ["gateway-yarp", var port, var upstream]:
                MeasuredProcess.EndWithStarter();
                await BareForwarder.RunAsync(Number(port), Number(upstream));
                return 0;
            case ["gateway-app", var port, var storage, var allowed, .. var settings]:
                MeasuredProcess.EndWithStarter();
                await BareApp.RunAsync(Number(port), storage, allowed, settings);
                return 0;
            case ["retrieval"]:
                await RetrievalBenchmark.RunAsync();
                return 0;
            case ["refusals"]:
                await RefusalBenchmark.RunAsync();
                return 0;
            case ["products", .. var rest] when rest.Length <= 1:
                ProductBenchmark.Run(rest.Length == 0 ? 21 : Number(rest[0]));
                return 0;
            case ["engine-peers", .. var rest] when EnginePeersBenchmark.Read(rest) is { } benchmark:
                benchmark.Run();
                return 0;
            case [NpmLlamaCpp.Command, var folder, var checkpoint, var threads]:
                NpmLlamaCppProcess.Run(folder, checkpoint, Number(threads));
                return 0;
            case ["encoder-peers", .. var rest] when rest.Length <= 1:
                await EncoderThroughput.RunAsync(rest.Length == 0 ? 9 : Number(rest[0]));
                return 0;
            case ["search"]:
                await SearchBenchmark.RunAsync();
                return 0;
            case ["ingestion-memory"]:
                await IngestionMemoryBenchmark.RunAsync();
                return 0;
            case ["ingestion-memory", var path]:
                await IngestionMemoryBenchmark.ReadAsync(path);
                return 0;
            case ["ingestion"]:
                await IngestionBenchmark.RunAsync(2000);
                return 0;
            case ["ingestion", var documents]:
                await IngestionBenchmark.RunAsync(Number(documents));
                return 0;
            case ["ingestion-small", var documents]:
                await IngestionBenchmark.RunSmallAsync(Number(documents), 1);
                return 0;
            case ["ingestion-small", var documents, var chunks]:
                await IngestionBenchmark.RunSmallAsync(Number(documents), Number(chunks));
                return 0;
            case ["kills", var rounds, var instances, var spinners, var seed]:
                await new KillBenchmark(Number(rounds), Number(instances), Number(spinners), Number(seed)).RunAsync();
                return 0;
            case ["speculation", .. var rest] when SpeculationBenchmark.Read(rest) is { } benchmark:
                await benchmark.RunAsync();
                return 0;
            default:
                Console.Error.WriteLine(Usage);
                return 2;
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
