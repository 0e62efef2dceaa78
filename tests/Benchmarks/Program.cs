using Serverless.Benchmarks;

if (args is not ["stack"])
{
    Console.Error.WriteLine("usage: dotnet run -c Release --project tests/Benchmarks -- stack");
    return 2;
}

await StackBenchmark.RunAsync();
return 0;
