using Local.Tests.Processes;

// `dotnet Local.Tests.dll supervise COMMAND ARGUMENT...` supervises a child until it is killed; the test runner does not come this way.
if (args is not ["supervise", var command, .. var arguments])
{
    Console.Error.WriteLine("Run these tests with `dotnet test`.");
    return 2;
}

await SuperviseCommand.RunAsync(command, arguments);
return 0;
