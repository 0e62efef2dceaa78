using Serverless.Benchmarks;
using Serverless.Benchmarks.Retrieval;

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
    default:
        Console.Error.WriteLine("usage: dotnet run -c Release --project tests/Benchmarks -- stack | limits | retrieval");
        return 2;
}
