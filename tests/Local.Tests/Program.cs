using Serverless.Local.Tests.Durable;

namespace Serverless.Local.Tests;

/// <summary>What this assembly does as a process of its own, for tests that kill one; the test runner does not come by here.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (args is ["durable", var file, var count])
        {
            await DurableProcess.RunAsync(file, int.Parse(count, System.Globalization.CultureInfo.InvariantCulture));
            return 0;
        }

        await Console.Error.WriteLineAsync("usage: durable <file> <orchestrations>");
        return 2;
    }
}
