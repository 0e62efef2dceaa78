using System.Globalization;
using Local.Tests.Processes;
using Serverless.Local.Tests.Durable;

// What this assembly does as a process of its own, for tests that kill one; the test runner does not come this way.
switch (args)
{
    case ["supervise", var command, .. var arguments]:
        await SuperviseCommand.RunAsync(command, arguments);
        return 0;
    case ["durable", var file, var count]:
        await DurableProcess.RunAsync(file, int.Parse(count, CultureInfo.InvariantCulture));
        return 0;
    default:
        Console.Error.WriteLine("Run these tests with `dotnet test`.");
        return 2;
}
