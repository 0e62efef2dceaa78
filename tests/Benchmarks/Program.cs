using Serverless.Benchmarks;

switch (args)
{
    case ["stack"]:
        await StackBenchmark.RunAsync();
        return 0;
    case ["limits"]:
        await LimitsBenchmark.RunAsync();
        return 0;
    default:
        Console.Error.WriteLine("usage: dotnet run -c Release --project tests/Benchmarks -- stack | limits");
        return 2;
}
