using Local.Tests.Processes;
using Local.Tests.Storage;

// What this assembly does as a second process, for the tests that kill one; the test runner does not come this way.
switch (args)
{
    // Supervises a child until it is killed.
    case ["supervise", var command, .. var arguments]:
        await SuperviseCommand.RunAsync(command, arguments);
        return 0;

    // Runs an Azurite on FOLDER until it is killed.
    case ["azurite", var folder]:
        await AzuriteCommand.RunAsync(folder);
        return 0;

    default:
        Console.Error.WriteLine("Run these tests with `dotnet test`.");
        return 2;
}
