using System.Diagnostics;
using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Local.Durable;

namespace Local.Tests.Durable;

/// <summary>An engine in a process of its own, which begins numbered orchestrations and says a line for each that has ended.</summary>
internal static class DurableProcess
{
    public static string IdOf(int number) => $"work-{number}";

    public static WorkPlan PlanOf(int number) => WorkPlan.Random(new Random(number), depth: 2);

    public static DurableEngine Engine(string file) =>
        new(new() { DatabasePath = file }, WorkPlan.Registry(), TimeProvider.System, NullLoggerFactory.Instance);

    public static Process Start(string file, int count)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in (string[])["exec", typeof(DurableProcess).Assembly.Location, "durable", file, $"{count}"]) start.ArgumentList.Add(argument);
        return Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start");
    }

    public static async Task RunAsync(string file, int count)
    {
        await using var engine = Engine(file);
        await engine.StartAsync(CancellationToken.None);
        await Task.WhenAll(Enumerable.Range(0, count).Select(async number =>
        {
            await BeginAsync(engine.Client, number);
            await engine.Client.WaitForInstanceCompletionAsync(IdOf(number));
            Console.WriteLine(number);
        }));
    }

    public static async Task BeginAsync(DurableTaskClient client, int number)
    {
        try
        {
            var once = new StartOrchestrationOptions(IdOf(number)).WithDedupeStatuses(Enum.GetValues<OrchestrationRuntimeStatus>());
            await client.ScheduleNewOrchestrationInstanceAsync("Plan", PlanOf(number), once);
        }
        catch (OrchestrationAlreadyExistsException)
        {
            // Begun before the process was killed.
        }
    }
}
